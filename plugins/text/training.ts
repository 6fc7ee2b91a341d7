/**
 * The training objectives that the text plugin brings.
 *
 * @module
 */
export { type AlignedPartner, alignText } from "./alignment.ts";
export { autoencodeText } from "./autoencoding.ts";
export { type SentenceConfig, TEXT_CONFIG, type TextConfig } from "./config.ts";
export { autoencodeTextNoisy } from "./decoding.ts";
export { denoiseText } from "./denoising.ts";
