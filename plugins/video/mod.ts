/**
 * Video for CoDi: clips of two seconds, 16 frames of 64×64 pixels.
 *
 * @module
 */
export type { TemporalConfig, VideoConfig } from "./config.ts";
export { createVideo, video } from "./video.ts";
