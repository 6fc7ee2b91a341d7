/** The state of AdamW over all parameters laid end to end, with their moving average. */
export interface AdamWState {
  /** The parameters. */
  readonly parameters: Float32Array;
  /** First moments. */
  readonly first: Float32Array;
  /** Second moments. */
  readonly second: Float32Array;
  /** The exponential moving average of the parameters. */
  readonly average: Float32Array;
}

/** Settings of one step. */
export interface AdamWStep {
  /** The number of this step, from 1. */
  readonly step: number;
  /** The learning rate of this step. */
  readonly learningRate: number;
  /** Decay rates of the moments. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** A factor on the gradients, as clipping gives it. */
  readonly gradientScale: number;
  /** The decay of the moving average in this step. */
  readonly averageDecay: number;
  /** Runs of parameters, [begin, end) with the weight decay of each. */
  readonly runs: readonly {
    readonly begin: number;
    readonly end: number;
    readonly decay: number;
  }[];
}

/**
 * One step of AdamW (Loshchilov and Hutter, 2019, algorithm 2) and of the moving average, in place.
 *
 * @param state What is updated.
 * @param gradients One for each parameter.
 * @param options Settings of the step.
 */
export function adamWStep(state: AdamWState, gradients: Float32Array, options: AdamWStep): void {
  const { parameters, first, second, average } = state;
  const { step, learningRate, betas: [beta1, beta2], epsilon, gradientScale, averageDecay } =
    options;
  const rootCorrection = Math.sqrt(1 - beta2 ** step);
  const rate = (learningRate * rootCorrection) / (1 - beta1 ** step);
  const offset = epsilon * rootCorrection;
  const keep1 = 1 - beta1;
  const keep2 = 1 - beta2;
  const keepAverage = 1 - averageDecay;
  for (const { begin, end, decay } of options.runs) {
    const shrink = 1 - learningRate * decay;
    for (let i = begin; i < end; i++) {
      const gradient = gradients[i]! * gradientScale;
      const m = beta1 * first[i]! + keep1 * gradient;
      const v = beta2 * second[i]! + keep2 * gradient * gradient;
      first[i] = m;
      second[i] = v;
      const value = shrink * parameters[i]! - (rate * m) / (Math.sqrt(v) + offset);
      parameters[i] = value;
      average[i]! += keepAverage * (value - average[i]!);
    }
  }
}

/** The Euclidean norm of an array; not finite if one of its numbers is not. */
export function euclideanNorm(values: Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]! * values[i]!;
  return Math.sqrt(total);
}
