/**
 * Composable diffusion: any mix of modalities in, any mix out, from plugins on a shared core.
 *
 * @example A picture from a sentence
 * ```ts
 * import { load } from "@codi/core";
 * import { image } from "@codi/image";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * await using codi = await load([text, image]);
 * const { image: picture } = await codi.generate({
 *   prompts: [text.prompt("a red guitar")],
 *   to: ["image"],
 *   seed: 7,
 *   steps: 5,
 * });
 * assertEquals(picture.shape, [3, 64, 64]);
 * ```
 *
 * @module
 */
export { MIXING_RULES, type MixingRule } from "./conditioning/mod.ts";
export type { GuidanceOptions, GuideOptions, SamplerName } from "./diffusion/mod.ts";
export * from "./generation/mod.ts";
export {
  type AnyModality,
  type DecodeOptions,
  defineModality,
  type Modality,
  type ModalitySpec,
  type Prompt,
  type PromptOptions,
  type SampleOf,
} from "./modality/mod.ts";
export type { SessionOptions } from "./runtime/mod.ts";
export { type Tensor, tensor } from "./tensor/mod.ts";
