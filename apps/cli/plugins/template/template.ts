import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { codec } from "./codec.ts";
import { TEMPLATE_CONFIG, type TemplateConfig } from "./config.ts";
import { diffusion } from "./diffusion.ts";
import { environment } from "./environment.ts";
import { promptEncoder } from "./prompt_encoder.ts";
import { autoencoder } from "./vae.ts";

/**
 * The modality in any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are: safetensors files.
 * @returns The modality; its samples are curves, [64] in [−1, 1].
 */
export function createTemplate(
  config: TemplateConfig,
  weights: Readonly<Partial<Record<PartName, URL>>>,
): Modality<"template", Tensor> {
  return defineModality({
    name: "template",
    version: "0.1.0",
    space: "band-1",
    bridge: false,
    codec,
    promptEncoder: promptEncoder(config),
    autoencoder: autoencoder(config),
    diffusion: diffusion(config),
    environment: environment(config),
    weights,
  });
}

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/**
 * Curves, [64] in [−1, 1].
 *
 * @example A file and back
 * ```ts
 * import { tensor } from "@codi/core/tensor";
 * import { template } from "@codi/template";
 * import { assertEquals } from "@std/assert";
 *
 * const flat = tensor([64], new Float32Array(64).fill(0.5));
 * const bytes = await template.codec.encode(flat);
 * assertEquals(await template.codec.decode(bytes), flat);
 * ```
 */
export const template: Modality<"template", Tensor> = createTemplate(TEMPLATE_CONFIG, {
  promptEncoder: weights("prompt_encoder"),
  autoencoder: weights("autoencoder"),
  diffusion: weights("diffusion"),
  environment: weights("environment"),
});
