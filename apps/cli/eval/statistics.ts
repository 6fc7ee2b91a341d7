/** A share with its 95 % interval, from counts. */
export interface Share {
  /** How many were right. */
  readonly right: number;
  /** Of how many. */
  readonly of: number;
  /** The share, from 0 to 1; 0 of none. */
  readonly share: number;
  /** The lower end of its interval. */
  readonly low: number;
  /** The upper end of its interval. */
  readonly high: number;
}

/** How many standard deviations hold 95 % of a normal distribution. */
const Z = 1.959963984540054;

/**
 * A share with its 95 % score interval (Wilson, 1927).
 *
 * @param right How many were right.
 * @param of Of how many.
 * @returns The share and its interval, which is [0, 1] if there are none.
 */
export function shareOf(right: number, of: number): Share {
  if (of === 0) return { right, of, share: 0, low: 0, high: 1 };
  const share = right / of;
  const scale = 1 + Z ** 2 / of;
  const center = (share + Z ** 2 / (2 * of)) / scale;
  const half = Z * Math.sqrt(share * (1 - share) / of + Z ** 2 / (4 * of ** 2)) / scale;
  return { right, of, share, low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

/** How many of some samples hold, as a share. */
export function shareWhere<T>(samples: readonly T[], holds: (sample: T) => boolean): Share {
  return shareOf(samples.filter(holds).length, samples.length);
}

/**
 * The mean squared error of pictures, their values brought from [−1, 1] to [0, 1] and clipped as a
 * file would clip them.
 *
 * @param a Values of one picture.
 * @param b Values of the other, as many.
 * @returns The error, from 0 to 1.
 */
export function pictureError(a: Float32Array, b: Float32Array): number {
  const clipped = (value: number) => Math.min(1, Math.max(0, (value + 1) / 2));
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (clipped(a[i]!) - clipped(b[i]!)) ** 2;
  return total / a.length;
}

/**
 * The peak signal-to-noise ratio of a mean squared error of values in [0, 1].
 *
 * @param error The error.
 * @returns Decibels.
 */
export function psnr(error: number): number {
  return -10 * Math.log10(error);
}

/**
 * The entropy of how often values occur (Shannon, 1948).
 *
 * @param values The values.
 * @returns Bits: 0 if all are one value, log2(n) if n values are equally frequent.
 */
export function entropy(values: readonly string[]): number {
  let bits = 0;
  for (const group of Object.values(Object.groupBy(values, (value) => value))) {
    const share = group!.length / values.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

/**
 * The entropy of values within groups (conditional entropy): that of each group, weighted by its size.
 *
 * @param groups The values of each group; groups of one drop out, as they can hold one value alone.
 * @returns Bits; NaN if all groups drop out.
 */
export function entropyWithin(groups: readonly (readonly string[])[]): number {
  const some = groups.filter(({ length }) => length > 1);
  const total = some.reduce((sum, { length }) => sum + length, 0);
  return some.reduce((sum, group) => sum + group.length * entropy(group), 0) / total;
}

/** The mean of some numbers. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** The middle one of some numbers, or the mean of the middle two. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! +
    sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}
