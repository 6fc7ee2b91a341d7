/** The modalities of a machine that has few of them. */

import type { AnyModality } from "@codi/core/modality";
import { image } from "@codi/image";
import { text } from "@codi/text";

/** Text and pictures. */
export const modalities: readonly AnyModality[] = [text, image];
