import { openAdamWKernel } from "./_adamw_kernel.ts";

/** The state of AdamW over all parameters laid end to end, with their moving average. */
export interface AdamWState {
  /** The parameters. */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** First moments. */
  readonly first: Float32Array<ArrayBuffer>;
  /** Second moments. */
  readonly second: Float32Array<ArrayBuffer>;
  /** The exponential moving average of the parameters. */
  readonly average: Float32Array<ArrayBuffer>;
}

/** Settings of one step. */
export interface AdamWStep {
  /** The number of this step, from 1. */
  readonly step: number;
  /** The learning rate of this step. */
  readonly learningRate: number;
  /** Decay rates of the moments, in [0, 1). */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** A factor on the gradients, as clipping gives it. */
  readonly gradientScale: number;
  /** The decay of the moving average in this step, in [0, 1]. */
  readonly averageDecay: number;
  /**
   * Runs of parameters, [begin, end), with the weight decay of each. `begin` is a multiple of 4; numbers
   * after `end` up to one move too, so a gap there must be zeros.
   */
  readonly runs: readonly {
    readonly begin: number;
    readonly end: number;
    readonly decay: number;
  }[];
}

/** AdamW at work: its arrays, and a step that updates them in place. */
export interface AdamW {
  /** What is updated. */
  readonly state: AdamWState;
  /** One for each parameter; written by the caller before a step. */
  readonly gradients: Float32Array<ArrayBuffer>;
  /** Takes one step. */
  step(options: AdamWStep): void;
}

/** Parameters that are moved at once. */
const LANES = 4;

/** The length rounded up to a multiple of 4, where the next run of parameters may begin. */
export function wholeLanes(length: number): number {
  return Math.ceil(length / LANES) * LANES;
}

const PAGE_BYTES = 65536;

/**
 * AdamW (Loshchilov and Hutter, 2019, algorithm 2) with a moving average of the parameters.
 *
 * @param length The number of parameters, the gaps between runs included.
 * @returns Zeroed arrays and the step; they share one memory, so the arrays must be copied to be kept.
 *
 * @example One step against a gradient of 1
 * ```ts
 * import { openAdamW } from "@codi/core/training";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { state, gradients, step } = openAdamW(1);
 * gradients[0] = 1;
 * step({
 *   step: 1,
 *   learningRate: 0.1,
 *   betas: [0.9, 0.99],
 *   epsilon: 1e-8,
 *   gradientScale: 1,
 *   averageDecay: 0.5,
 *   runs: [{ begin: 0, end: 1, decay: 0 }],
 * });
 * assertAlmostEquals(state.parameters[0]!, -0.1, 1e-6);
 * assertAlmostEquals(state.average[0]!, -0.05, 1e-6);
 * ```
 */
export function openAdamW(length: number): AdamW {
  const bytes = 4 * wholeLanes(length);
  const kernel = openAdamWKernel(Math.max(1, Math.ceil((5 * bytes) / PAGE_BYTES)));
  const buffer = kernel.memory.buffer as ArrayBuffer; // a memory that is not shared
  const array = (place: number) => new Float32Array(buffer, place * bytes, length);
  return {
    state: { parameters: array(0), first: array(1), second: array(2), average: array(3) },
    gradients: array(4),
    step: (options) => {
      const { step, learningRate, betas: [beta1, beta2], epsilon, averageDecay, runs } = options;
      const rootCorrection = Math.sqrt(1 - beta2 ** step);
      for (const { begin, end, decay } of runs) {
        if (begin % LANES !== 0) {
          throw new RangeError(
            `Cannot step over parameters from "${begin}": runs begin at multiples of ${LANES}`,
          );
        }
        if (begin >= end) continue;
        const at = (place: number) => place * bytes + 4 * begin;
        kernel.step(
          at(0),
          at(1),
          at(2),
          at(3),
          at(4),
          4 * wholeLanes(end),
          beta1,
          1 - beta1,
          beta2,
          1 - beta2,
          options.gradientScale,
          1 - learningRate * decay,
          (learningRate * rootCorrection) / (1 - beta1 ** step),
          epsilon * rootCorrection,
          1 - averageDecay,
        );
      }
    },
  };
}

/** The Euclidean norm of an array; not finite if one of its numbers is not. */
export function euclideanNorm(values: Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]! * values[i]!;
  return Math.sqrt(total);
}
