/**
 * Text for CoDi: the bridge that every other modality is aligned to.
 *
 * @example What a picture shows, in words
 * ```ts
 * import { load } from "@codi/core";
 * import { tensor } from "@codi/core/tensor";
 * import { image } from "@codi/image";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * await using codi = await load([text, image]);
 * const white = tensor([3, 64, 64], new Float32Array(3 * 64 * 64).fill(1));
 * const made = await codi.generate({ prompts: [image.prompt(white)], to: ["text"], steps: 5 });
 * assertEquals(typeof made.text, "string");
 * ```
 *
 * @module
 */
export type { SentenceConfig, TextConfig } from "./config.ts";
export { createText, text } from "./text.ts";
