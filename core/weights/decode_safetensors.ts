import type { Tensor } from "../tensor/mod.ts";
import { dtypes, type SafetensorsDtype } from "./dtype.ts";
import { longestHeader, parseHeader } from "./_header.ts";

/** The contents of a safetensors file. */
export interface Safetensors {
  /** The tensors by name, in the order of their bytes, always float32 in memory. */
  readonly tensors: Record<string, Tensor>;
  /** The free text of the header; empty if it has none. */
  readonly metadata: Record<string, string>;
  /** The number type each tensor has in the file. */
  readonly dtypes: Record<string, SafetensorsDtype>;
}

/**
 * Reads the safetensors format: the length of the header (8 bytes, little-endian), a JSON header that
 * gives each tensor's dtype, shape and range of bytes, and the bytes. The reader trusts nothing: the
 * header is at most 25 MB and repeats no key, every range fits its shape, and the ranges cover the
 * data without overlap or hole. The memory it takes is in proportion to the length of `bytes`.
 *
 * F32, F16 and BF16 are read exactly, F64 is rounded to the nearest float32, and I64 is read where
 * a float32 holds its values exactly. Other dtypes are refused.
 *
 * @param bytes The whole file.
 * @returns The tensors (float32 copies that do not share memory with `bytes`), metadata and dtypes.
 * @throws {SyntaxError} If the file does not keep to the format; the message names the tensor.
 *
 * @example Write and read
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "@codi/core/weights";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = encodeSafetensors({ bias: tensor([2], new Float32Array([0.5, -1])) });
 * const { tensors, dtypes } = decodeSafetensors(bytes);
 * assertEquals(tensors["bias"], { shape: [2], data: new Float32Array([0.5, -1]) });
 * assertEquals(dtypes, { bias: "F32" });
 * ```
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`Cannot read safetensors: ${error.message}`, { cause: error });
  }
}

function decode(bytes: Uint8Array): Safetensors {
  if (bytes.length < 8) throw new SyntaxError(`the file has ${bytes.length} bytes, fewer than 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > longestHeader) {
    throw new SyntaxError(`its header of ${length} bytes is longer than ${longestHeader}`);
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw new SyntaxError(
      `its header should end at byte ${start}, but the file has ${bytes.length}`,
    );
  }
  const header = parseHeader(decodeText(bytes.subarray(8, start)), bytes.length - start);

  const pairs: [string, Tensor][] = [];
  for (const { name, dtype, shape, begin, end } of header.entries) {
    // The copy aligns the numbers, which the format allows to begin at any byte.
    const { buffer } = bytes.slice(start + begin, start + end);
    pairs.push([name, { shape, data: toFloat32(name, dtype, buffer) }]);
  }
  // Unlike an assignment, `fromEntries` gives a tensor named "__proto__" a property of its own.
  return {
    tensors: Object.fromEntries(pairs),
    metadata: header.metadata,
    dtypes: Object.fromEntries(header.entries.map(({ name, dtype }) => [name, dtype])),
  };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError("its header is not valid UTF-8", { cause });
  }
}

function toFloat32(
  name: string,
  dtype: SafetensorsDtype,
  buffer: ArrayBuffer,
): Float32Array<ArrayBuffer> {
  try {
    return dtypes[dtype].toFloat32(buffer);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`tensor ${JSON.stringify(name)}: ${error.message}`, { cause: error });
  }
}
