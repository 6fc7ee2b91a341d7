import { add, silu, type Value } from "@codi/core/graph";
import {
  type DiffusionNetwork,
  type PredictionInputs,
  promptOrNone,
  velocityDiffusion,
} from "@codi/core/modality";
import { linear, type Scope, timeEmbedding } from "@codi/core/nn";
import { residualBlocks } from "./_blocks.ts";
import type { TemplateConfig } from "./config.ts";

/**
 * The prediction of v from noisy latents (CoDi, section 3.3; v by Salimans and Ho, 2022).
 *
 * @param scope Names the parameters.
 * @param inputs Noisy latents, timesteps and conditions.
 * @param config The sizes.
 * @param after What follows each block, given a scope of its own.
 * @returns The prediction, [batch, latentWidth].
 */
export function predict(
  scope: Scope,
  inputs: PredictionInputs,
  config: TemplateConfig,
  after?: (scope: Scope, x: Value) => Value,
): Value {
  const { latentWidth, width, blocks } = config;
  const time = timeEmbedding(scope.at("time"), inputs.timestep, width);
  const prompt = linear(scope.at("prompt"), promptOrNone(scope, inputs).condition, width);
  const h = linear(scope.at("in"), inputs.z, width);
  const out = residualBlocks(scope.at("blocks"), h, blocks, silu(add(time, prompt)), after);
  return linear(scope.at("out"), out, latentWidth, { init: "zeros" });
}

/**
 * The diffusion network (CoDi, section 3.3).
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function diffusion(config: TemplateConfig): DiffusionNetwork {
  return velocityDiffusion({
    name: "template diffusion",
    latentShape: [config.latentWidth],
    guidance: 2,
    predict: (scope, inputs) => predict(scope, inputs, config),
  });
}
