/** Which samples are learnt from and which are for judging. */

import { random } from "@codi/core/random";
import type { DatasetSplit } from "@codi/core/training";

/** The share of samples that are for judging. */
const TEST_SHARE = 0.1;

/**
 * Splits samples by a hash of their names, so that a sample stays where it is when others come and go.
 * Of two or more, at least one is in each split.
 */
export function splitSamples<T>(
  samples: readonly T[],
  nameOf: (sample: T) => string,
): Readonly<Record<DatasetSplit, readonly T[]>> {
  const hashed = samples.map((sample) => ({
    sample,
    hash: random("folder split", nameOf(sample)).uniform(),
  }));
  const low = hashed.filter(({ hash }) => hash < TEST_SHARE).length;
  const count = samples.length < 2 ? 0 : Math.min(Math.max(low, 1), samples.length - 1);
  const test = new Set(hashed.toSorted((a, b) => a.hash - b.hash).slice(0, count));
  return {
    train: hashed.filter((entry) => !test.has(entry)).map(({ sample }) => sample),
    test: hashed.filter((entry) => test.has(entry)).map(({ sample }) => sample),
  };
}
