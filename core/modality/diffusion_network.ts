import { type NoiseSchedule, noiseSchedule } from "../diffusion/mod.ts";
import { add, mul, reshape, sub, type Value } from "../graph/mod.ts";
import type { PromptValues, Scope } from "../nn/mod.ts";
import { type DiffusionNetwork, SPACE_WIDTH } from "./modality.ts";
import type { Network } from "./network.ts";

/** What a diffusion network reads, in a graph. */
export interface PredictionInputs extends PromptValues {
  /** Noisy latents, [batch, ...latentShape]. */
  readonly z: Value;
  /** [batch]. */
  readonly timestep: Value;
  /** [batch], 1 where there is a condition; where 0, a learned one stands for none. */
  readonly present: Value;
}

/**
 * The inputs of a diffusion network's prediction among all that a network reads.
 *
 * @param inputs `z`, `timestep`, `condition` and `present`; `prompts` and `logShares` where prompts
 * stand side by side, as {@linkcode sideBySide} has it.
 * @returns Those of the prediction.
 */
export function predictionInputs(inputs: Readonly<Record<string, Value>>): PredictionInputs {
  const { z, timestep, condition, present, prompts, logShares } = inputs;
  return {
    z: z!,
    timestep: timestep!,
    condition: condition!,
    present: present!,
    ...(prompts && logShares && { sideBySide: { prompts, logShares } }),
  };
}

/**
 * The prompt where there is one, and elsewhere a learned one that stands for none (Ho and Salimans,
 * 2022).
 *
 * @param scope Names the parameter `none`.
 * @param inputs The prompt, and where it is.
 * @returns The same, with the learned one in the place of absent ones.
 */
export function promptOrNone(
  scope: Scope,
  { condition, sideBySide, present }: PromptValues & Pick<PredictionInputs, "present">,
): PromptValues {
  const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation: 1 / Math.sqrt(SPACE_WIDTH) });
  const filled = (prompt: Value, axes: readonly number[]) => {
    const flag = reshape(present, [-1, ...axes]);
    return add(mul(prompt, flag), mul(reshape(none, [...axes, SPACE_WIDTH]), sub(1, flag)));
  };
  return {
    condition: filled(condition, [1]),
    ...(sideBySide && {
      sideBySide: { ...sideBySide, prompts: filled(sideBySide.prompts, [1, 1]) },
    }),
  };
}

/**
 * A diffusion network that reads several prompts side by side: the same weights, traced with
 * `prompts` [batch, count, {@linkcode SPACE_WIDTH}] and `logShares` [batch, count] among its inputs.
 *
 * @param network One that says so by {@linkcode DiffusionNetwork.sideBySide}, or the joint one beside it.
 * @param count How many prompts.
 * @returns The network.
 *
 * @example What it reads
 * ```ts
 * import { sideBySide, velocityDiffusion } from "@codi/core/modality";
 * import { assertEquals } from "@std/assert";
 *
 * const { network } = velocityDiffusion({
 *   name: "sketch UNet",
 *   latentShape: [4],
 *   guidance: 2,
 *   sideBySide: true,
 *   predict: (_, { z, sideBySide }) => sideBySide ? z : z,
 * });
 * const { prompts, logShares } = sideBySide(network, 3).inputs(2);
 * assertEquals([prompts?.shape, logShares?.shape], [[2, 3, 256], [2, 3]]);
 * ```
 */
export function sideBySide(network: Network, count: number): Network {
  return {
    name: `${network.name} of ${count} prompts`,
    inputs: (batch) => ({
      ...network.inputs(batch),
      prompts: { shape: [batch, count, SPACE_WIDTH], dtype: "float32" },
      logShares: { shape: [batch, count], dtype: "float32" },
    }),
    trace: (scope, inputs) => network.trace(scope, inputs),
  };
}

/** What {@linkcode velocityDiffusion} makes a diffusion network of. */
export interface VelocityDiffusionSpec {
  /** What messages call the network. */
  readonly name: string;
  /** The shape of one sample's latent. */
  readonly latentShape: readonly number[];
  /** The guidance scale to use unless told otherwise. */
  readonly guidance: number;
  /** How many beginnings of each sample are tried unless told otherwise. @default {1} */
  readonly candidates?: number;
  /**
   * Whether the prediction gives prompts that stand side by side context tokens of their own.
   *
   * @default {false}
   */
  readonly sideBySide?: boolean;
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
  { name, latentShape, guidance, candidates = 1, sideBySide = false, predict }:
    VelocityDiffusionSpec,
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
      trace: (scope, inputs) => ({ prediction: predict(scope, predictionInputs(inputs)) }),
    },
    prediction: "v",
    schedule: { name: "cosine", options: {} },
    guidance,
    candidates,
    sideBySide,
  };
}

/**
 * The noise schedule that a diffusion network was trained with.
 *
 * @param diffusion The network, and how it was trained.
 * @returns Its schedule.
 */
export function scheduleOf({ schedule }: Pick<DiffusionNetwork, "schedule">): NoiseSchedule {
  return noiseSchedule(schedule.name, schedule.options);
}
