import { random } from "@codi/core/random";
import { meanOf } from "../statistics.ts";

/** A figure with its 95 % interval, from samples that were drawn again. */
export interface Estimate {
  /** The figure. */
  readonly value: number;
  /** The lower end of its interval. */
  readonly low: number;
  /** The upper end of its interval. */
  readonly high: number;
  /** Of how many samples. */
  readonly of: number;
}

/**
 * A figure of some samples with its percentile interval (Efron and Tibshirani, 1993, section 13.3):
 * the same figure of as many samples drawn with replacement, many times over from one seed. As samples
 * recur in a draw, figures such as entropies and distances lie lower or higher there; the interval is
 * moved back by that bias (section 10.2).
 *
 * @param samples The samples, each independent of the others.
 * @param statistic The figure of any number of samples.
 * @param draws How often samples are drawn again.
 * @returns The figure and its 95 % interval; NaN of no samples.
 */
export function bootstrap<T>(
  samples: readonly T[],
  statistic: (samples: readonly T[]) => number,
  draws = 1000,
): Estimate {
  const of = samples.length;
  if (of === 0) return { value: NaN, low: NaN, high: NaN, of };
  const stream = random("bootstrap", of);
  // A draw may lack what the figure needs, as two samples of one group.
  const drawn = Array.from({ length: draws }, () => {
    return statistic(Array.from({ length: of }, () => samples[stream.integer(of)]!));
  }).filter((figure) => !Number.isNaN(figure)).sort((a, b) => a - b);
  const value = statistic(samples);
  const bias = meanOf(drawn) - value;
  return {
    value,
    low: (drawn[Math.floor(0.025 * drawn.length)] ?? NaN) - bias,
    high: (drawn[Math.ceil(0.975 * drawn.length) - 1] ?? NaN) - bias,
    of,
  };
}
