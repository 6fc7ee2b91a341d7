import { audio } from "@codi/audio";
import type { AnyModality } from "@codi/core/modality";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { video } from "@codi/video";

/** The modalities that a server has unless it is told of others. */
export const modalities: readonly AnyModality[] = [text, image, audio, video];
