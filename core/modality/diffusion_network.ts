import { add, mul, reshape, sub, type Value } from "../graph/mod.ts";
import type { Scope } from "../nn/mod.ts";
import { type DiffusionNetwork, SPACE_WIDTH } from "./modality.ts";

/** What a diffusion network reads, in a graph. */
export interface PredictionInputs {
  /** Noisy latents, [batch, ...latentShape]. */
  readonly z: Value;
  /** [batch]. */
  readonly timestep: Value;
  /** [batch, {@linkcode SPACE_WIDTH}]. */
  readonly condition: Value;
  /** [batch], 1 where there is a condition; where 0, a learned one stands for none. */
  readonly present: Value;
}

/**
 * The condition where there is one, and elsewhere a learned one that stands for none (Ho and Salimans,
 * 2022).
 *
 * @param scope Names the parameter `none`.
 * @param inputs The condition, and where it is.
 * @returns [batch, {@linkcode SPACE_WIDTH}].
 */
export function promptOrNone(
  scope: Scope,
  { condition, present }: Pick<PredictionInputs, "condition" | "present">,
): Value {
  const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation: 1 / Math.sqrt(SPACE_WIDTH) });
  const flag = reshape(present, [-1, 1]);
  return add(mul(condition, flag), mul(none, sub(1, flag)));
}

/** What {@linkcode velocityDiffusion} makes a diffusion network of. */
export interface VelocityDiffusionSpec {
  /** What messages call the network. */
  readonly name: string;
  /** The shape of one sample's latent. */
  readonly latentShape: readonly number[];
  /** The guidance scale to use unless told otherwise. */
  readonly guidance: number;
  /** The prediction of v, of z's shape. */
  predict(scope: Scope, inputs: PredictionInputs): Value;
}

/**
 * A diffusion network that predicts v (Salimans and Ho, 2022) on the cosine schedule.
 *
 * @param spec Its name, latents and prediction.
 * @returns The network, and how it is trained.
 */
export function velocityDiffusion(
  { name, latentShape, guidance, predict }: VelocityDiffusionSpec,
): DiffusionNetwork {
  return {
    network: {
      name,
      inputs: (batch) => ({
        z: { shape: [batch, ...latentShape], dtype: "float32" },
        timestep: { shape: [batch], dtype: "float32" },
        condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
        present: { shape: [batch], dtype: "float32" },
      }),
      trace: (scope, { z, timestep, condition, present }) => ({
        prediction: predict(scope, {
          z: z!,
          timestep: timestep!,
          condition: condition!,
          present: present!,
        }),
      }),
    },
    prediction: "v",
    schedule: { name: "cosine", options: {} },
    guidance,
  };
}
