/** A dense float32 tensor in row-major order. */
export interface Tensor {
  /** The length of each axis, outermost first. */
  readonly shape: readonly number[];
  /** The values, `shape[0] × shape[1] × …` of them. */
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * How many elements a shape holds.
 *
 * @param shape The length of each axis.
 * @returns Their product; 1 for the empty shape, which is a scalar's.
 *
 * @example A scalar holds one
 * ```ts
 * import { elementCount } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(elementCount([2, 3, 4]), 24);
 * assertEquals(elementCount([]), 1);
 * ```
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const length of shape) count *= length;
  return count;
}

/**
 * A tensor from its shape and values.
 *
 * @param shape The length of each axis.
 * @param data The values in row-major order; zeros if left out.
 * @returns The tensor; `data` is not copied.
 * @throws {RangeError} If a length is no whole number from 0, or the number of values does not fit
 * the shape.
 *
 * @example Two rows of three
 * ```ts
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
 * assertEquals(rows.data[1 * 3 + 2], 6);
 * assertEquals(tensor([2, 3]).data, new Float32Array(6));
 * ```
 */
export function tensor(shape: readonly number[], data?: Float32Array<ArrayBuffer>): Tensor {
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(
        `Cannot make a tensor of shape [${shape}]: lengths are whole numbers from 0`,
      );
    }
  }
  const count = elementCount(shape);
  if (data !== undefined && data.length !== count) {
    throw new RangeError(
      `Cannot make a tensor of shape [${shape}] from ${data.length} values: it takes ${count}`,
    );
  }
  return { shape, data: data ?? new Float32Array(count) };
}
