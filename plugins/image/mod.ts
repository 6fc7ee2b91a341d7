/**
 * Images for CoDi: pictures of 64×64 pixels.
 *
 * @example A picture from a sentence
 * ```ts
 * import { load } from "@codi/core";
 * import { image } from "@codi/image";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * await using codi = await load([text, image]);
 * const prompts = [text.prompt("a drum in front of a blue wall")];
 * const made = await codi.generate({ prompts, to: ["image"], steps: 5, seed: 1 });
 * const png = await image.codec.encode(made.image);
 * assertEquals([...png.subarray(1, 4)], [0x50, 0x4e, 0x47]); // PNG
 * ```
 *
 * @module
 */
export type { ImageConfig } from "./config.ts";
export { createImage, image } from "./image.ts";
