/**
 * Text for CoDi: the bridge that every other modality is aligned to.
 *
 * @module
 */
export { createText, text } from "./text.ts";
export type { TextConfig } from "./prompt_encoder.ts";
