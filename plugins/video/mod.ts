/**
 * Video for CoDi: clips of two seconds, 16 frames of 64×64 pixels.
 *
 * @example A clip from a sentence
 * ```ts
 * import { load } from "@codi/core";
 * import { text } from "@codi/text";
 * import { video } from "@codi/video";
 * import { assertEquals } from "@std/assert";
 *
 * await using codi = await load([text, video]);
 * const prompts = [text.prompt("a drum in front of a blue wall")];
 * const made = await codi.generate({ prompts, to: ["video"], steps: 3, seed: 1 });
 * assertEquals(made.video.shape, [16, 3, 64, 64]);
 * ```
 *
 * @module
 */
export { readClip, type ReadClipOptions } from "./codec.ts";
export type { TemporalConfig, VideoConfig } from "./config.ts";
export { frameStrip, type FrameStripOptions } from "./frame_strip.ts";
export { createVideo, video } from "./video.ts";
