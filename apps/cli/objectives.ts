import { autoencodeImage, denoiseImage, embedPicture } from "@codi/image/training";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { alignText } from "@codi/text/training";
import type { Objective } from "@codi/core/training";

/** Every training objective, in an order that trains what others freeze first. */
export const objectives: readonly Objective[] = [
  autoencodeImage(),
  alignText({ modality: image, embed: embedPicture() }),
  denoiseImage(text),
];
