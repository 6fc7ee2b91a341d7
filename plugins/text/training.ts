/**
 * The training objectives that the text plugin brings.
 *
 * @module
 */
export { type AlignedPartner, alignText } from "./alignment.ts";
export { TEXT_CONFIG, type TextConfig } from "./prompt_encoder.ts";
