/** A dense float32 tensor in row-major order. */
export interface Tensor {
  /** The length of each axis, outermost first. */
  readonly shape: readonly number[];
  /** The values, `shape[0] × shape[1] × …` of them. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** How many elements a shape holds; the empty shape is a scalar and holds one. */
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
 * @throws {RangeError} If the number of values does not fit the shape.
 */
export function tensor(shape: readonly number[], data?: Float32Array<ArrayBuffer>): Tensor {
  const count = elementCount(shape);
  if (data !== undefined && data.length !== count) {
    throw new RangeError(
      `Cannot make a tensor of shape [${shape}] from ${data.length} values: it takes ${count}`,
    );
  }
  return { shape, data: data ?? new Float32Array(count) };
}
