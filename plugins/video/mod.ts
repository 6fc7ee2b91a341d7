/**
 * Video for CoDi: clips of two seconds, 16 frames of 64×64 pixels.
 *
 * @module
 */
export { readClip, type ReadClipOptions } from "./codec.ts";
export type { TemporalConfig, VideoConfig } from "./config.ts";
export { frameStrip, type FrameStripOptions } from "./frame_strip.ts";
export { createVideo, video } from "./video.ts";
