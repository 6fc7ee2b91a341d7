import { fromFileUrl } from "@std/path";
import {
  type AnyModality,
  type Network,
  openNetwork,
  type PartName,
  type RunningNetwork,
  sideBySide,
} from "../modality/mod.ts";
import type { Device } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { loadWeights, type Safetensors, WeightsMismatchError } from "../weights/mod.ts";

/** The weights of modalities' parts and the networks made with them: each read and opened once. */
export interface Parts {
  /** The file of a part. */
  read(modality: AnyModality, part: PartName): Promise<Safetensors>;
  /** Whether a part has its file; not so where the plugin names none. */
  has(modality: AnyModality, part: PartName): Promise<boolean>;
  /**
   * A network of a part, or of several whose weights it takes together, on the device. With a number of
   * prompts it reads that many side by side.
   */
  open(
    modality: AnyModality,
    parts: readonly PartName[],
    network: Network,
    prompts?: number,
  ): Promise<RunningNetwork>;
}

/** Reads and opens parts as they are asked for; what failed is tried again at the next call. */
export function openParts(device: Device): Parts {
  const files = new Map<string, Promise<Safetensors>>();
  const networks = new Map<string, Map<Network, Promise<RunningNetwork>>>();
  const keyOf = (modality: AnyModality, url: URL) => `${modality.name} ${url}`;
  const read = async (modality: AnyModality, part: PartName) => {
    const url = urlOf(modality, part);
    return await remembered(files, keyOf(modality, url), () => readPart(modality, part, url));
  };
  return {
    read,
    has: async (modality, part) => {
      if (modality.weights[part] === undefined) return false;
      try {
        await read(modality, part);
        return true;
      } catch (error) {
        if (error instanceof Error && error.cause instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    },
    open: (modality, parts, network, prompts = 1) => {
      // Two modalities may share an architecture, and not its weights.
      const key = `${modality.name} ${prompts}`;
      const known = networks.get(key) ?? new Map<Network, Promise<RunningNetwork>>();
      networks.set(key, known);
      return remembered(known, network, async () => {
        const tensors: Record<string, Tensor> = {};
        for (const part of parts) Object.assign(tensors, (await read(modality, part)).tensors);
        try {
          const traced = prompts > 1 ? sideBySide(network, prompts) : network;
          return openNetwork(traced, tensors, device);
        } catch (cause) {
          if (!(cause instanceof WeightsMismatchError)) throw cause;
          const urls = parts.map((part) => urlOf(modality, part));
          for (const url of urls) files.delete(keyOf(modality, url));
          const paths = urls.map((url) => `"${nameOf(url)}"`).join(" and ");
          throw new Error(`${cause.message}; they are in ${paths}, for the ${network.name}`, {
            cause,
          });
        }
      });
    },
  };
}

async function remembered<Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  make: () => Promise<Value>,
): Promise<Value> {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  try {
    return await value;
  } catch (error) {
    if (known.get(key) === value) known.delete(key);
    throw error;
  }
}

function urlOf(modality: AnyModality, part: PartName): URL {
  const url = modality.weights[part];
  if (url === undefined) {
    throw new RangeError(
      `Cannot use the ${part} of "${modality.name}": the plugin names no weights`,
    );
  }
  return url;
}

async function readPart(modality: AnyModality, part: PartName, url: URL): Promise<Safetensors> {
  let file: Safetensors;
  try {
    file = await loadWeights(url);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(
      `Cannot use the ${part} of "${modality.name}": "${
        nameOf(url)
      }" is missing; train it, or reinstall the plugin`,
      { cause },
    );
  }
  const space = file.metadata["space"];
  if (space !== undefined && space !== modality.space) {
    throw new RangeError(
      `Cannot use the ${part} of "${modality.name}": its weights belong to the shared space "${space}", the plugin to "${modality.space}"`,
    );
  }
  return file;
}

/** A file's path, or the whole address. */
function nameOf(url: URL): string {
  return url.protocol === "file:" ? fromFileUrl(url) : url.href;
}
