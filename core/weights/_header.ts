import { dtypes, type SafetensorsDtype } from "./dtype.ts";
import { parseStrictJson, type StrictJson } from "./_strict_json.ts";

/** The longest header that is read or written, in bytes. */
export const longestHeader = 25_000_000;

/** The header's key for free text, so no tensor can have this name. */
export const metadataKey = "__metadata__";

/** What a header says of one tensor. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte, counted from the end of the header. */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;
}

/** A header, checked against itself and against the number of bytes that follow it. */
export interface Header {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Record<string, string>;
}

const quote = (value: unknown): string => JSON.stringify(value).slice(0, 100);

/** Parses and checks a header. Messages lack their beginning, which the reader adds. */
export function parseHeader(text: string, dataBytes: number): Header {
  if (!text.startsWith("{")) throw new SyntaxError('its header does not begin with "{"');
  let root: StrictJson;
  try {
    root = parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`its header is not valid: ${error.message}`, { cause: error });
  }
  if (!(root instanceof Map)) throw new SyntaxError("its header is not an object");
  const metadata = parseMetadata(root.get(metadataKey));
  const entries: TensorEntry[] = [];
  for (const [name, value] of root) {
    if (name !== metadataKey) entries.push(parseEntry(name, value, dataBytes));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, dataBytes);
  return { entries, metadata };
}

function parseMetadata(value: StrictJson | undefined): Record<string, string> {
  if (value === undefined) return {};
  if (!(value instanceof Map)) throw new SyntaxError(`its "${metadataKey}" is not an object`);
  const pairs: [string, string][] = [];
  for (const [key, text] of value) {
    if (typeof text !== "string") {
      throw new SyntaxError(`its "${metadataKey}" has no text under ${quote(key)}`);
    }
    pairs.push([key, text]);
  }
  return Object.fromEntries(pairs);
}

function parseEntry(name: string, value: StrictJson, dataBytes: number): TensorEntry {
  const fail = (detail: string): never => {
    throw new SyntaxError(`tensor ${quote(name)} ${detail}`);
  };
  if (!(value instanceof Map)) return fail("is not described by an object");
  for (const key of value.keys()) {
    if (key !== "dtype" && key !== "shape" && key !== "data_offsets") {
      fail(`has the unknown field ${quote(key)}`);
    }
  }
  const dtype = value.get("dtype");
  if (typeof dtype !== "string") return fail("has no dtype");
  if (!isDtype(dtype)) {
    return fail(`has dtype ${quote(dtype)}, which is none of ${Object.keys(dtypes).join(", ")}`);
  }
  const shape = value.get("shape");
  if (!isWholeNumbers(shape)) return fail("has a shape that is not a list of whole numbers from 0");
  const offsets = value.get("data_offsets");
  if (!isWholeNumbers(offsets) || offsets.length !== 2) {
    return fail("has data_offsets that are not two whole numbers from 0");
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    return fail(`has data_offsets [${begin}, ${end}], but the file holds 0 to ${dataBytes}`);
  }
  // A zero anywhere makes the product zero, however large the axes before it are.
  const count = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1);
  if (count * dtypes[dtype].bytes !== end - begin) {
    return fail(
      `of shape ${quote(shape)} and dtype "${dtype}" takes ${count * dtypes[dtype].bytes} bytes, ` +
        `but its data_offsets [${begin}, ${end}] span ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Every byte belongs to exactly one tensor, so nothing can hide in a file. */
function checkCoverage(entries: readonly TensorEntry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const fault = begin < covered ? "overlaps the tensor before it, which ends" : "leaves a hole";
      throw new SyntaxError(
        `tensor ${quote(name)} with data_offsets [${begin}, ${end}] ${fault} at ${covered}`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new SyntaxError(
      `its tensors end at ${covered}, but ${dataBytes} bytes follow the header`,
    );
  }
}

function isDtype(name: string): name is SafetensorsDtype {
  return Object.hasOwn(dtypes, name);
}

function isWholeNumbers(value: StrictJson | undefined): value is number[] {
  return Array.isArray(value) &&
    value.every((item) => typeof item === "number" && Number.isSafeInteger(item) && item >= 0);
}
