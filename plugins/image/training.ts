/**
 * The training objectives that the image plugin brings.
 *
 * @module
 */
export { autoencodeImage, denoiseImage } from "./objectives.ts";
export { pictureEmbedding } from "./prompt_encoder.ts";
