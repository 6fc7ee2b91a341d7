import { add, mul, silu, type Value } from "@codi/core/graph";
import {
  type DiffusionNetwork,
  type PredictionInputs,
  promptOrNone,
  SPACE_WIDTH,
  velocityDiffusion,
} from "@codi/core/modality";
import { linear, normalizeLayer, type Scope, timeEmbedding } from "@codi/core/nn";
import { modulatedBlock, slotPositions, turned } from "./_blocks.ts";
import type { ScoreConfig } from "./config.ts";
import { latentShape } from "./vae.ts";

/**
 * The prediction of v for noisy latents (CoDi, section 3.3; v by Salimans and Ho, 2022): a transformer
 * over the slots, which timestep and prompt modulate.
 *
 * @param scope Names the parameters.
 * @param inputs Noisy latents, timesteps and conditions.
 * @param config The sizes.
 * @param after What follows each block, given a scope of its own.
 * @returns The prediction, of z's shape.
 */
export function predict(
  scope: Scope,
  inputs: PredictionInputs,
  config: ScoreConfig,
  after: (scope: Scope, tokens: Value) => Value = (_, tokens) => tokens,
): Value {
  const { z, timestep } = inputs;
  const { width, blocks } = config.diffusion;
  const { condition } = promptOrNone(scope, inputs);
  // A prompt's numbers are small: together they have the length 1.
  const said = linear(scope.at("prompt"), mul(condition, Math.sqrt(SPACE_WIDTH)), width);
  const vector = silu(add(timeEmbedding(scope.at("time"), timestep, width), said));
  let tokens = linear(scope.at("in"), turned(z), width); // [batch, 16, width]
  tokens = add(tokens, slotPositions(scope, width));
  for (let index = 0; index < blocks; index++) {
    const block = scope.at("block").at(index);
    tokens = after(block, modulatedBlock(block, tokens, vector));
  }
  const out = normalizeLayer(scope.at("norm"), tokens);
  return turned(linear(scope.at("out"), out, config.latentChannels, { init: "zeros" }));
}

/**
 * The diffusion network (CoDi, section 3.3).
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function diffusion(config: ScoreConfig): DiffusionNetwork {
  return velocityDiffusion({
    name: "score diffusion",
    latentShape: latentShape(config),
    guidance: 2,
    candidates: 4,
    predict: (scope, inputs) => predict(scope, inputs, config),
  });
}
