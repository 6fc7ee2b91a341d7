import { type Tensor, tensor } from "@codi/core/tensor";

/** Numbers as text for JSON: the bytes of a little-endian Float32Array in base64. */
export function pack(values: Float32Array): string {
  return new Uint8Array(values.slice().buffer).toBase64();
}

/** The numbers of a text that {@linkcode pack} made. */
export function unpack(text: string): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.fromBase64(text).buffer);
}

/** Packed rows as one tensor, [rows, width]. */
export function unpackRows(rows: readonly string[]): Tensor {
  const all = rows.map(unpack);
  const width = all[0]?.length ?? 0;
  const table = tensor([rows.length, width]);
  all.forEach((row, i) => table.data.set(row, i * width));
  return table;
}
