/** The number types the reader understands, under the names a safetensors header uses. */
export type SafetensorsDtype = "F32" | "F16" | "BF16" | "F64" | "I64";

/** The number types the writer offers. */
export type WeightsDtype = "float32" | "float16";

interface DtypeFormat {
  readonly bytes: number;
  /** Little-endian bytes, aligned to their own buffer, as float32. */
  readonly toFloat32: (buffer: ArrayBuffer) => Float32Array<ArrayBuffer>;
}

/** How each readable number type is stored. Deno only runs on little-endian machines. */
export const dtypes: Readonly<Record<SafetensorsDtype, DtypeFormat>> = {
  F32: { bytes: 4, toFloat32: (buffer) => new Float32Array(buffer) },
  F16: { bytes: 2, toFloat32: (buffer) => new Float32Array(new Float16Array(buffer)) },
  BF16: { bytes: 2, toFloat32: bfloat16ToFloat32 },
  F64: { bytes: 8, toFloat32: (buffer) => new Float32Array(new Float64Array(buffer)) },
  I64: { bytes: 8, toFloat32: int64ToFloat32 },
};

/** A bfloat16 is the upper half of a float32. */
function bfloat16ToFloat32(buffer: ArrayBuffer): Float32Array<ArrayBuffer> {
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

function int64ToFloat32(buffer: ArrayBuffer): Float32Array<ArrayBuffer> {
  const integers = new BigInt64Array(buffer);
  const floats = new Float32Array(integers.length);
  for (let i = 0; i < integers.length; i++) {
    const value = integers[i]!;
    floats[i] = Number(value);
    if (BigInt(floats[i]!) !== value) {
      throw new SyntaxError(`its integer ${value} at index ${i} does not fit a float32`);
    }
  }
  return floats;
}
