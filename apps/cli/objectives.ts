import { image } from "@codi/image";
import { autoencodeImage, denoiseImage, embedPicture } from "@codi/image/training";
import { text } from "@codi/text";
import { alignText } from "@codi/text/training";
import type { AnyModality } from "@codi/core/modality";
import type { Objective } from "@codi/core/training";

/** The installed modalities. */
export const modalities: readonly AnyModality[] = [text, image];

/** Every training objective, in an order that trains what others freeze first. */
export const objectives: readonly Objective[] = [
  autoencodeImage(),
  alignText({ modality: image, embed: embedPicture() }),
  denoiseImage(text),
];
