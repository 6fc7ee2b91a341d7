import type { Tensor } from "../tensor/mod.ts";

/** The rows of a tensor, [rows, ...], each by itself. */
export function rowsIn({ shape, data }: Tensor): Float32Array<ArrayBuffer>[] {
  const [rows = 0] = shape;
  const size = data.length / rows;
  return Array.from({ length: rows }, (_, row) => data.slice(row * size, (row + 1) * size));
}
