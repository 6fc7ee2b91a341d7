import type { Art, Scene } from "@codi/band";
import { drawScene, PICTURE_SIDE } from "@codi/band";
import type { ImageReader } from "@codi/band/readers";
import {
  type AnyModality,
  type Network,
  openNetwork,
  type PartName,
  type RunningNetwork,
} from "@codi/core/modality";
import type { Device } from "@codi/core/runtime";
import type { Dataset } from "@codi/core/training";
import { type Tensor, tensor } from "@codi/core/tensor";
import { fileExists, readWeights, type Safetensors } from "@codi/core/weights";
import { fromFileUrl } from "@std/path";
import type { Row } from "./row.ts";

/** What a measure works with. */
export interface Bench {
  /** All installed modalities. */
  readonly modalities: readonly AnyModality[];
  /** Real samples; its split `test` holds the held-out scenes. */
  readonly dataset: Dataset;
  /** The sample of a scene in a modality of the data set. */
  readonly draw: (modality: string, scene: Scene) => Promise<unknown>;
  /** The modality of captions. */
  readonly text: AnyModality;
  /** The modality of pictures. */
  readonly image: AnyModality;
  /** Where networks run. */
  readonly device: Device;
  /** The drawings that pictures are made of. */
  readonly art: Art;
  /** Judges pictures. */
  readonly reader: ImageReader;
  /** Told how far the measure is. */
  readonly progress: (done: number, total: number) => void;
  /** Ends the measure early; looked at between runs, as a Worker must not end under a run. */
  readonly signal: AbortSignal;
}

/** What a measure gives. */
export interface Measurement<Figures> {
  /** All figures, counts included. */
  readonly figures: Figures;
  /** Those that people look at. */
  readonly rows: readonly Row[];
}

/**
 * Opens a network with the weights of one of its modality's parts.
 *
 * @param modality The modality.
 * @param part The part.
 * @param network The network.
 * @param device Where it runs.
 * @param change Replaces some of the weights.
 * @returns The running network.
 * @throws {Error} If there are no such weights.
 */
export async function openPart(
  modality: AnyModality,
  part: PartName,
  network: Network,
  device: Device,
  change: Readonly<Record<string, Tensor>> = {},
): Promise<RunningNetwork> {
  const url = modality.weights[part];
  if (url === undefined) {
    throw new RangeError(`Cannot measure the ${part} of "${modality.name}": it names no weights`);
  }
  const { tensors } = await readFile(fromFileUrl(url));
  return openNetwork(network, { ...tensors, ...change }, device);
}

/** Whether a file of weights exists. */
export async function hasFile(url: URL | undefined): Promise<boolean> {
  return url !== undefined && await fileExists(url);
}

async function readFile(path: string): Promise<Safetensors> {
  try {
    return await readWeights(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(`Cannot measure "${path}": it does not exist; train it first`, { cause });
  }
}

/** The pictures of scenes, one by one. */
export function picturesOf(scenes: readonly Scene[], art: Art): Tensor[] {
  return scenes.map((scene) => {
    const picture = tensor([3, PICTURE_SIDE, PICTURE_SIDE]);
    drawScene(scene, art, picture.data);
    return picture;
  });
}

/** Tensors of one shape as one batch. */
export function stacked(tensors: readonly Tensor[]): Tensor {
  const size = tensors[0]!.data.length;
  const batch = tensor([tensors.length, ...tensors[0]!.shape]);
  tensors.forEach(({ data }, index) => batch.data.set(data, index * size));
  return batch;
}

/**
 * Runs over samples in pieces, telling the progress.
 *
 * @param bench Told of the progress; ends the work early.
 * @param samples The samples.
 * @param size How many are taken at once.
 * @param run What is done with a piece.
 * @returns What came of all pieces.
 */
export async function inPieces<T, R>(
  bench: Pick<Bench, "progress" | "signal">,
  samples: readonly T[],
  size: number,
  run: (piece: readonly T[], first: number) => Promise<readonly R[]>,
): Promise<R[]> {
  const results: R[] = [];
  for (let first = 0; first < samples.length; first += size) {
    bench.signal.throwIfAborted();
    bench.progress(first, samples.length);
    results.push(...await run(samples.slice(first, first + size), first));
  }
  return results;
}
