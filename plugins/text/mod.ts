/**
 * Text for CoDi: the bridge that every other modality is aligned to.
 *
 * @module
 */
export type { SentenceConfig, TextConfig } from "./config.ts";
export { createText, text } from "./text.ts";
