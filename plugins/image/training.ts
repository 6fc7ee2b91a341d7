/**
 * The training objectives that the image plugin brings.
 *
 * @module
 */
export { autoencodeImage } from "./autoencoding.ts";
export { IMAGE_CONFIG, type ImageConfig } from "./config.ts";
export { denoiseImage } from "./denoising.ts";
export { embedPicture } from "./prompt_encoder.ts";
