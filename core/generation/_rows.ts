import { type Tensor, tensor } from "../tensor/mod.ts";

/** Some rows of a tensor, [rows, ...]. */
export function rowsOf({ shape, data }: Tensor, rows: readonly number[]): Tensor {
  const size = data.length / shape[0]!;
  const result = tensor([rows.length, ...shape.slice(1)]);
  for (const [place, row] of rows.entries()) {
    result.data.set(data.subarray(row * size, (row + 1) * size), place * size);
  }
  return result;
}

/** The rows of a tensor, [rows, ...], each by itself. */
export function rowsIn({ shape, data }: Tensor): Float32Array<ArrayBuffer>[] {
  const [rows = 0] = shape;
  const size = data.length / rows;
  return Array.from({ length: rows }, (_, row) => data.slice(row * size, (row + 1) * size));
}
