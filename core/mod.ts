/**
 * Composable diffusion: any mix of modalities in, any mix out, from plugins on a shared core.
 *
 * @module
 */
export * from "./generation/mod.ts";
export {
  type AnyModality,
  defineModality,
  type Modality,
  type Prompt,
  type PromptOptions,
} from "./modality/mod.ts";
export { type Tensor, tensor } from "./tensor/mod.ts";
