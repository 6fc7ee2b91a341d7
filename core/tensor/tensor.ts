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

/**
 * Checks that a value is a tensor of some shape.
 *
 * @param value The value, which can be anything.
 * @param shape The shape.
 * @param action What cannot be done with another value, as messages say it: `read a picture`.
 * @throws {RangeError} If it is no tensor, has another shape, or another number of values.
 *
 * @example Bytes are no picture
 * ```ts
 * import { requireShape } from "@codi/core/tensor";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(
 *   () => requireShape(Uint8Array.of(1), [3, 64, 64], "read a picture"),
 *   RangeError,
 *   "Cannot read a picture: it is no tensor but Uint8Array; the codec of a modality reads files",
 * );
 * ```
 */
export function requireShape(
  value: unknown,
  shape: readonly number[],
  action: string,
): asserts value is Tensor {
  const { shape: given, data } = (value ?? {}) as Partial<Tensor>;
  if (!Array.isArray(given) || !(data instanceof Float32Array)) {
    const kind = (value as object | undefined | null)?.constructor?.name ?? String(value);
    throw new RangeError(
      `Cannot ${action}: it is no tensor but ${kind}; the codec of a modality reads files`,
    );
  }
  if (given.join() !== shape.join() || data.length !== elementCount(shape)) {
    throw new RangeError(
      `Cannot ${action} of shape [${given}] with ${data.length} values: it must be [${shape}]`,
    );
  }
}

/**
 * Some rows of a tensor.
 *
 * @param tensor [rows, ...].
 * @param rows Their numbers, in any order, also several times.
 * @returns A new tensor of them, [numbers, ...].
 *
 * @example Two of three
 * ```ts
 * import { takeRows, tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tensor([3, 2], Float32Array.of(0, 1, 2, 3, 4, 5));
 * assertEquals(takeRows(table, [2, 0]), tensor([2, 2], Float32Array.of(4, 5, 0, 1)));
 * ```
 */
export function takeRows({ shape, data }: Tensor, rows: readonly number[]): Tensor {
  const size = elementCount(shape.slice(1));
  const taken = tensor([rows.length, ...shape.slice(1)]);
  for (const [place, row] of rows.entries()) {
    taken.data.set(data.subarray(row * size, (row + 1) * size), place * size);
  }
  return taken;
}
