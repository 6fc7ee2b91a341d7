import { decodeSafetensors } from "@codi/core/weights";
import { messageOf } from "../message.ts";
import { countText, type Description, sizeText } from "./description.ts";

/** Tensor names that are shown as one, by what stands before their last parts. */
const DEPTH = 2;

/** The longest text of metadata that is shown. */
const SHOWN = 160;

/**
 * Whether a file holds weights: a safetensors file begins with the length of a JSON header.
 *
 * @param bytes The file.
 * @returns Whether it looks like one.
 */
export function isWeights(bytes: Uint8Array): boolean {
  if (bytes.length < 9 || bytes[8] !== 0x7b) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length > 1n && length <= BigInt(bytes.length - 8);
}

/**
 * Describes a file of weights.
 *
 * @param path What it is called.
 * @param bytes Its content.
 * @param all Whether to list every tensor.
 * @returns Its parts, parameters and metadata.
 * @throws {Error} If it is damaged.
 */
export function describeWeights(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  all: boolean,
): Description {
  const { tensors, metadata, dtypes: types } = decoded(path, bytes);
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => ({
    name,
    shape,
    dtype: types[name] ?? "?",
    parameters: data.length,
  }));
  const groups = new Map<string, { tensors: number; parameters: number }>();
  for (const { name, parameters } of entries) {
    const key = name.split(".").slice(0, -1).slice(0, DEPTH).join(".") || name;
    const group = groups.get(key) ?? { tensors: 0, parameters: 0 };
    groups.set(key, { tensors: group.tensors + 1, parameters: group.parameters + parameters });
  }
  const parameters = entries.reduce((sum, entry) => sum + entry.parameters, 0);
  const dtypes = [...new Set(entries.map(({ dtype }) => dtype))].sort();
  const lines = all
    ? entries.map(({ name, shape, dtype }) => `${name}  [${shape.join(", ")}] ${dtype}`)
    : [...groups].map(([name, group]) =>
      `${name}  ${countText(group.parameters)} in ${group.tensors} ${
        group.tensors === 1 ? "tensor" : "tensors"
      }`
    );
  return {
    title: `${path}: weights, ${countText(parameters)} parameters`,
    rows: [
      ["size", `${sizeText(bytes.length)}, ${dtypes.join(", ")}`],
      ...Object.entries(metadata).map(([name, value]) => [name, shortened(value)] as const),
      [all ? "tensors" : "parts", ...lines],
    ],
    json: {
      kind: "weights",
      path,
      bytes: bytes.length,
      parameters,
      dtypes,
      metadata,
      parts: Object.fromEntries(groups),
      ...(all ? { tensors: entries } : {}),
    },
  };
}

function decoded(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    throw new Error(
      `Cannot inspect "${path}": ${messageOf(cause).replace(/^Cannot read [^:]*: /, "")}`,
      { cause },
    );
  }
}

function shortened(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`;
}
