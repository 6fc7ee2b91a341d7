import { audio } from "@codi/audio";
import type { AnyModality } from "@codi/core/modality";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { video } from "@codi/video";

/** The installed modalities. */
export const modalities: readonly AnyModality[] = [text, image, audio, video];
