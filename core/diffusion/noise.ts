import { random } from "../random/mod.ts";
import { elementCount, type Tensor, tensor } from "../tensor/mod.ts";

/** What a sample's noise is drawn from. */
export interface NoiseKey {
  /** The seed of the whole generation, or one for each sample. */
  readonly seed: number | readonly number[];
  /** Whose noise it is, for example a modality's name. */
  readonly name: string;
  /**
   * The indices of the batch's samples in the generation, or the index of the first of them.
   * @default 0
   */
  readonly samples?: number | readonly number[];
  /** The sampling step that takes the noise, from 0; left out for the noise sampling starts from. */
  readonly step?: number;
  /** Which of several tries at each sample it is, from 0. @default {0} */
  readonly candidates?: readonly number[];
}

/**
 * Standard normal noise that depends on seed, name, sample, candidate and step only: a sample's noise is
 * the same in a batch of any size and at any place in it, and does not change with what else is generated.
 *
 * @param shape [batch, ...].
 * @param key What the noise is drawn from.
 * @returns Standard normal numbers of that shape.
 * @throws {RangeError} If the shape has no batch axis, or there is not one index, seed or candidate for
 * each sample.
 *
 * @example The same sample alone and in a batch
 * ```ts
 * import { noise } from "@codi/core/diffusion";
 * import { assertEquals } from "@std/assert";
 *
 * const batch = noise([3, 4], { seed: 7, name: "image" });
 * const alone = noise([1, 4], { seed: 7, name: "image", samples: 2 });
 * assertEquals(alone.data, batch.data.slice(8));
 * ```
 */
export function noise(shape: readonly number[], key: NoiseKey): Tensor {
  const { seed, name, samples = 0, step, candidates } = key;
  const [batch, ...rest] = shape;
  if (batch === undefined) {
    throw new RangeError(`Cannot draw noise of the shape "[]": it takes a batch axis`);
  }
  if (typeof samples !== "number" && samples.length !== batch) {
    throw new RangeError(
      `Cannot draw noise for a batch of "${batch}" from "${samples.length}" sample indices: give one for each, or the first`,
    );
  }
  if (typeof seed !== "number" && seed.length !== batch) {
    throw new RangeError(
      `Cannot draw noise for a batch of "${batch}" from "${seed.length}" seeds: give one for each, or one`,
    );
  }
  if (candidates !== undefined && candidates.length !== batch) {
    throw new RangeError(
      `Cannot draw noise for a batch of "${batch}" from "${candidates.length}" candidates: give one for each`,
    );
  }
  const result = tensor(shape);
  const size = elementCount(rest);
  for (let i = 0; i < batch; i++) {
    const sample = typeof samples === "number" ? samples + i : samples[i]!;
    const key = typeof seed === "number" ? seed : seed[i]!;
    const candidate = candidates?.[i] ?? 0;
    const another = candidate === 0 ? [] : ["candidate", candidate];
    random(key, "noise", name, sample, step ?? "start", ...another)
      .fillNormal(result.data.subarray(i * size, (i + 1) * size));
  }
  return result;
}
