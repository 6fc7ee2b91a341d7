/** One part of the key that a generator is drawn from. */
export type RandomKey = number | string;

/** A seeded stream of random numbers. */
export interface Random {
  /** A number in [0, 1) with 32 random bits. */
  uniform(): number;
  /**
   * A whole number in [0, limit).
   *
   * @throws {RangeError} If the limit is no whole number from 1 to 2³².
   */
  integer(limit: number): number;
  /** A number from the standard normal distribution. */
  normal(): number;
  /**
   * One of the given values, all equally likely.
   *
   * @throws {RangeError} If there are none.
   */
  choice<T>(values: readonly T[]): T;
  /** Fills an array with standard normal numbers and returns it. */
  fillNormal<A extends Float32Array>(target: A): A;
}

/** 64 bits of state from the parts of a key: FNV-1a over the tagged parts in two lanes. */
function hashKeys(keys: readonly RandomKey[]): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  const mix = (byte: number) => {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
    b ^= b >>> 15;
  };
  const view = new DataView(new ArrayBuffer(8));
  for (const key of keys) {
    if (typeof key === "number") {
      if (Number.isNaN(key)) throw new RangeError(`Cannot draw random numbers from the key "NaN"`);
      mix(1);
      view.setFloat64(0, key + 0); // -0 is the same key as 0
      for (let i = 0; i < 8; i++) mix(view.getUint8(i));
    } else {
      mix(2);
      for (let i = 0; i < key.length; i++) {
        const unit = key.charCodeAt(i);
        mix(unit & 255);
        mix(unit >>> 8);
      }
    }
  }
  return [a, b];
}

/**
 * A generator keyed by any number of parts: equal keys give equal streams, and streams of different
 * keys are independent, so that adding a consumer never shifts another's numbers.
 * The stream is xoshiro128** (Blackman and Vigna, 2018), seeded through SplitMix.
 *
 * @param keys Numbers and strings, for example a seed, a sample's index and a purpose.
 * @returns The generator.
 * @throws {RangeError} If a part of the key is NaN.
 *
 * @example Keyed streams
 * ```ts
 * import { random } from "@codi/core/random";
 * import { assert, assertEquals } from "@std/assert";
 *
 * assertEquals(random(7, "noise").uniform(), random(7, "noise").uniform());
 * assert(random(7, "noise").uniform() !== random(8, "noise").uniform());
 * ```
 */
export function random(...keys: RandomKey[]): Random {
  const [high, low] = hashKeys(keys);
  let seed = high;
  const expand = () => {
    seed = (seed + 0x9e3779b9) | 0;
    let z = seed ^ low;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let s0 = expand();
  let s1 = expand();
  let s2 = expand();
  let s3 = expand() | 1;

  const bits = (): number => {
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  };
  const uniform = () => bits() / 4294967296;

  let spare: number | undefined;
  /** Marsaglia's polar method. */
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const square = u * u + v * v;
      if (square === 0 || square >= 1) continue;
      const factor = Math.sqrt(-2 * Math.log(square) / square);
      spare = v * factor;
      return u * factor;
    }
  };
  const integer = (limit: number): number => {
    if (!Number.isInteger(limit) || limit < 1 || limit > 4294967296) {
      throw new RangeError(
        `Cannot draw a whole number below "${limit}": the limit is a whole number from 1 to 2³²`,
      );
    }
    return Math.floor(uniform() * limit);
  };

  return {
    uniform,
    integer,
    normal,
    choice: <T>(values: readonly T[]): T => {
      if (values.length === 0) throw new RangeError("Cannot choose from no values");
      return values[integer(values.length)]!;
    },
    fillNormal: <A extends Float32Array>(target: A): A => {
      for (let i = 0; i < target.length; i++) target[i] = normal();
      return target;
    },
  };
}
