import { type Tensor, tensor } from "../tensor/mod.ts";
import { type Environment, ENVIRONMENT_WIDTH, SLOTS } from "./environment.ts";

/** An environment, and how much it counts beside others. */
export interface HeardEnvironment extends Environment {
  /** How much signal its latent has, alphaBar. @default {1} */
  readonly signal?: number;
}

/** What counts where there is no signal yet, so that there is a mean. */
const LEAST_SIGNAL = 1e-9;

/**
 * What an output hears of several others: the mean of their globals, and of the slots of those that have
 * them, weighted by their signal, so that what is still noise does not drown what is decided.
 *
 * @param environments The others', of one batch size.
 * @param batch The number of samples.
 * @returns `global` [batch, width], `slots` [batch, slots, width] and `heard` [batch, 2], as a network
 * with environment attention reads them.
 *
 * @example A modality in time and one outside
 * ```ts
 * import { ENVIRONMENT_WIDTH, meanEnvironment, SLOTS } from "@codi/core/environment";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const ones = (...shape: number[]) =>
 *   tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(1));
 * const timed = {
 *   global: ones(1, ENVIRONMENT_WIDTH),
 *   slots: ones(1, SLOTS, ENVIRONMENT_WIDTH),
 * };
 * const still = { global: tensor([1, ENVIRONMENT_WIDTH]) };
 * const { global, slots, heard } = meanEnvironment([timed, still], 1);
 * assertEquals([global.data[0], slots.data[0], ...heard.data], [0.5, 1, 1, 1]);
 * assertEquals([...meanEnvironment([still], 1).heard.data], [1, 0]);
 * const faint = { ...timed, signal: 0.25 };
 * assertEquals(meanEnvironment([faint, { ...still, signal: 0.75 }], 1).global.data[0], 0.25);
 * ```
 */
export function meanEnvironment(
  environments: readonly HeardEnvironment[],
  batch: number,
): Record<"global" | "slots" | "heard", Tensor> {
  const mean = (shape: readonly number[], parts: readonly (readonly [Tensor, number])[]) => {
    const result = tensor(shape);
    const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [{ data }, weight] of parts) {
      for (let i = 0; i < data.length; i++) result.data[i]! += weight / total * data[i]!;
    }
    return result;
  };
  const weightOf = ({ signal = 1 }: HeardEnvironment) => Math.max(signal, LEAST_SIGNAL);
  const globals = environments.map((one) => [one.global, weightOf(one)] as const);
  const timed = environments.flatMap((one) =>
    one.slots === undefined ? [] : [[one.slots, weightOf(one)] as const]
  );
  const heard = tensor([batch, 2]);
  for (let sample = 0; sample < batch; sample++) {
    heard.data[2 * sample] = environments.length > 0 ? 1 : 0;
    heard.data[2 * sample + 1] = timed.length > 0 ? 1 : 0;
  }
  return {
    global: mean([batch, ENVIRONMENT_WIDTH], globals),
    slots: mean([batch, SLOTS, ENVIRONMENT_WIDTH], timed),
    heard,
  };
}
