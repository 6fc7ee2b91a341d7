/**
 * The training objectives that the video plugin brings.
 *
 * @module
 */
export { alignVideo } from "./alignment.ts";
export { autoencodeVideo } from "./autoencoding.ts";
export { type TemporalConfig, VIDEO_CONFIG, type VideoConfig } from "./config.ts";
export { denoiseVideo, denoiseVideoTemporal } from "./denoising.ts";
