import { elementCount, type Tensor } from "../tensor/mod.ts";
import type { WeightsDtype } from "./dtype.ts";
import { longestHeader, metadataKey } from "./_header.ts";

/** How tensors are written. */
export interface EncodeSafetensorsOptions {
  /**
   * The number type of every tensor in the file.
   *
   * @default {"float32"}
   */
  readonly dtype?: WeightsDtype;
  /**
   * Free text for the header.
   *
   * @default {{}}
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes the safetensors format. Equal tensors give equal bytes: names and metadata are sorted by
 * UTF-16 code units, and the header is padded with spaces so that the numbers begin at a multiple of
 * 8 bytes. With `dtype: "float16"`, values are rounded to the nearest float16, ties to even.
 *
 * @param tensors The tensors by name.
 * @param options The number type and metadata.
 * @returns The bytes of the file.
 * @throws {RangeError} If a tensor's values do not fit its shape, a finite value is too large for
 * float16, a name is reserved or not well-formed Unicode, or the header exceeds 25 MB.
 *
 * @example Half the size
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "@codi/core/weights";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = tensor([1, 2], new Float32Array([0.1, 65504]));
 * const bytes = encodeSafetensors({ weight }, { dtype: "float16", metadata: { format: "pt" } });
 * const { tensors, metadata } = decodeSafetensors(bytes);
 * assertEquals(tensors["weight"]?.data, new Float32Array([0.0999755859375, 65504]));
 * assertEquals(metadata, { format: "pt" });
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  options: EncodeSafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const pieces = [...safetensorsPieces(tensors, options)];
  const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * The bytes of {@linkcode encodeSafetensors} piece by piece: the header, and each tensor when it is its
 * turn. Pieces of float32 are views of the tensors, not copies.
 *
 * @param tensors The tensors by name.
 * @param options The number type and metadata.
 * @returns The pieces, in order; to be used before the tensors change.
 * @throws {RangeError} As {@linkcode encodeSafetensors} does, while it is iterated.
 */
export function* safetensorsPieces(
  tensors: Readonly<Record<string, Tensor>>,
  options: EncodeSafetensorsOptions = {},
): Generator<Uint8Array<ArrayBuffer>> {
  const { dtype = "float32", metadata = {} } = options;
  const width = dtype === "float16" ? 2 : 4;
  const fields: string[] = [];
  const texts = Object.entries(metadata).sort(byName);
  if (texts.length > 0) {
    const pairs = texts.map(([key, text]) => `${checkedName(key)}:${checkedName(text)}`);
    fields.push(`"${metadataKey}":{${pairs.join(",")}}`);
  }
  let dataBytes = 0;
  const sorted = Object.entries(tensors).sort(byName);
  for (const [name, { shape, data }] of sorted) {
    if (name === metadataKey) {
      throw new RangeError(`Cannot write tensor "${name}": the name is reserved by the format`);
    }
    const count = elementCount(shape);
    if (
      count !== data.length || shape.some((length) => !Number.isSafeInteger(length) || length < 0)
    ) {
      throw new RangeError(
        `Cannot write tensor "${name}" of shape [${shape}]: it has ${data.length} values`,
      );
    }
    const end = dataBytes + count * width;
    fields.push(
      `${checkedName(name)}:{"dtype":"${dtype === "float16" ? "F16" : "F32"}",` +
        `"shape":[${shape.join(",")}],"data_offsets":[${dataBytes},${end}]}`,
    );
    dataBytes = end;
  }

  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  const length = Math.ceil(header.length / 8) * 8;
  if (length > longestHeader) {
    throw new RangeError(
      `Cannot write safetensors: the header takes ${length} bytes, and ${longestHeader} are allowed`,
    );
  }
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(header, 8);
  yield bytes;
  for (const [name, { data }] of sorted) {
    if (dtype === "float16") yield new Uint8Array(new Float16Array(half(name, data)).buffer);
    else yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function checkedName(text: string): string {
  if (!text.isWellFormed()) {
    throw new RangeError(`Cannot write ${JSON.stringify(text)}: it is not well-formed Unicode`);
  }
  return JSON.stringify(text);
}

/** The values as they are, once it is certain that none of them turns infinite as a float16. */
function half(name: string, data: Float32Array): Float32Array {
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]!);
    // 65520 lies half way between the largest float16, 65504, and the next power of two.
    if (size >= 65520 && size < Infinity) {
      throw new RangeError(
        `Cannot write tensor "${name}" as float16: its value ${data[i]} at index ${i} is too large`,
      );
    }
  }
  return data;
}
