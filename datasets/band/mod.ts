/**
 * The band: pictures of things that sound, their captions and exactly known factors, made from
 * emoji art sets on npm. Every scene is a pure function of its split and number.
 *
 * @example What a scene is called
 * ```ts
 * import { caption, scene } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(caption(scene("train", 0)), caption(scene("train", 0)));
 * ```
 *
 * @module
 */
export * from "./art.ts";
export * from "./caption.ts";
export * from "./clip.ts";
export * from "./colors.ts";
export * from "./compose.ts";
export * from "./contact_sheet.ts";
export * from "./dataset.ts";
export * from "./draw.ts";
export * from "./drawing.ts";
export * from "./factors.ts";
export * from "./held_out.ts";
export * from "./parse_caption.ts";
export * from "./rhythms.ts";
export * from "./scene.ts";
export * from "./scene_drawer.ts";
export * from "./scene_sheet.ts";
export * from "./sound/draw_sound.ts";
export * from "./sound/sounds.ts";
export * from "./sound/strokes.ts";
export * from "./styles.ts";
export * from "./things.ts";
export type { Tensor } from "@codi/core/tensor";
