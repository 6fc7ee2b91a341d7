import type { AnyModality } from "@codi/core/modality";
import { image } from "@codi/image";
import { text } from "@codi/text";

/** The installed modalities. */
export const modalities: readonly AnyModality[] = [text, image];
