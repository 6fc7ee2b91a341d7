import { add, mul, reshape, sub, type Value } from "@codi/core/graph";
import { type DiffusionNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { type Scope, unet, type UnetOptions } from "@codi/core/nn";
import { type AudioConfig, latentShape } from "./config.ts";

/** What the diffusion network reads. */
export interface PredictionInputs {
  /** Noisy latents, [batch, channels, frequencies, frames]. */
  readonly z: Value;
  /** [batch]. */
  readonly timestep: Value;
  /** [batch, SPACE_WIDTH]. */
  readonly condition: Value;
  /** [batch], 1 where there is a condition; where 0, a learned one stands for none. */
  readonly present: Value;
}

/**
 * The prediction of v for noisy latents (CoDi, section 3.3; v by Salimans and Ho, 2022): a UNet that
 * knows frequency and time of every place.
 *
 * @param scope Names the parameters, among them `none`, which stands for no condition.
 * @param inputs Noisy latents, timesteps and conditions.
 * @param config The sizes.
 * @param options What is added to the UNet.
 * @returns The prediction, of z's shape.
 */
export function predict(
  scope: Scope,
  { z, timestep, condition, present }: PredictionInputs,
  config: AudioConfig,
  options: UnetOptions = {},
): Value {
  const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation: 1 / Math.sqrt(SPACE_WIDTH) });
  const flag = reshape(present, [-1, 1]);
  const prompt = add(mul(condition, flag), mul(none, sub(1, flag)));
  return unet(scope, { z, timestep, condition: prompt }, config.unet, options);
}

/**
 * The audio diffusion network (CoDi, section 3.3).
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function audioDiffusion(config: AudioConfig): DiffusionNetwork {
  return {
    network: {
      name: "audio UNet",
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
    guidance: 3,
  };
}
