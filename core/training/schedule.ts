/** How the learning rate changes over a run. */
export interface LearningRateOptions {
  /** The highest learning rate. */
  readonly learningRate: number;
  /** Steps of linear growth at the start. */
  readonly warmup: number;
  /** The number of steps of the whole run. */
  readonly steps: number;
}

/**
 * The learning rate of a step: linear warm-up, then a cosine down to a hundredth of the highest
 * (Loshchilov and Hutter, 2017, equation 5).
 *
 * @param step From 0.
 * @param options Highest rate, warm-up and length of the run.
 * @returns The learning rate.
 */
export function learningRateAt(step: number, options: LearningRateOptions): number {
  const { learningRate, warmup, steps } = options;
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return learningRate * (0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/**
 * The decay of the moving average in a step: small at first, so that the start is forgotten.
 *
 * @param step From 0.
 * @param decay Its final value.
 * @returns min(decay, (1 + step) / (10 + step)).
 */
export function averageDecayAt(step: number, decay: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}
