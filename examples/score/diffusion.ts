import { add, mul, reshape, silu, sub, type Value } from "@codi/core/graph";
import { type DiffusionNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { linear, normalizeLayer, type Scope, timeEmbedding } from "@codi/core/nn";
import { modulatedBlock, slotPositions, turned } from "./_blocks.ts";
import type { ScoreConfig } from "./config.ts";
import { latentShape } from "./vae.ts";

/** What the diffusion network reads. */
export interface PredictionInputs {
  /** Noisy latents, [batch, channels, 16]. */
  readonly z: Value;
  /** [batch]. */
  readonly timestep: Value;
  /** [batch, SPACE_WIDTH]. */
  readonly condition: Value;
  /** [batch], 1 where there is a condition; where 0, a learned one stands for none. */
  readonly present: Value;
}

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
  { z, timestep, condition, present }: PredictionInputs,
  config: ScoreConfig,
  after: (scope: Scope, tokens: Value) => Value = (_, tokens) => tokens,
): Value {
  const { width, blocks } = config.diffusion;
  const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation: 1 / Math.sqrt(SPACE_WIDTH) });
  const flag = reshape(present, [-1, 1]);
  const prompt = add(mul(condition, flag), mul(none, sub(1, flag)));
  // A prompt's numbers are small: together they have the length 1.
  const said = linear(scope.at("prompt"), mul(prompt, Math.sqrt(SPACE_WIDTH)), width);
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
  return {
    network: {
      name: "score diffusion",
      inputs: (batch) => ({
        z: { shape: [batch, ...latentShape(config)], dtype: "float32" },
        timestep: { shape: [batch], dtype: "float32" },
        condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
        present: { shape: [batch], dtype: "float32" },
      }),
      trace: (scope, { z, timestep, condition, present }) => ({
        prediction: predict(
          scope,
          { z: z!, timestep: timestep!, condition: condition!, present: present! },
          config,
        ),
      }),
    },
    prediction: "v",
    schedule: { name: "cosine", options: {} },
    guidance: 2,
  };
}
