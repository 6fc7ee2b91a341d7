import { buildProgram, input, type Program, type Value, type ValueType } from "../graph/mod.ts";
import { Scope } from "../nn/mod.ts";
import type { Device, Feed } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { matchWeights } from "../weights/mod.ts";

/** Feeds of a network by input name; the first axis of each is the batch. */
export type Feeds = Readonly<Record<string, Feed>>;

/** A network that runs: a function of a scope and values, with the types of what it reads. */
export interface Network {
  /** What messages call it, for example `image decoder`. */
  readonly name: string;
  /** The inputs at a batch size; the first axis of each is the batch. */
  inputs(batch: number): Readonly<Record<string, ValueType>>;
  /** The outputs from the inputs, by name; the first axis of each is the batch. */
  trace(scope: Scope, inputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>>;
}

/** A network with its weights on a device. */
export interface RunningNetwork {
  /** The network. */
  readonly network: Network;
  /**
   * Runs the network on any number of samples.
   *
   * @param feeds All inputs; the first axis of each is the batch.
   * @param options An abort signal.
   * @returns The outputs by name, of the same batch size.
   */
  run(
    feeds: Feeds,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Record<string, Tensor>>;
}

/** Programs have static shapes: batches run in pieces of these sizes, the last one filled up. */
const BATCH_SIZES = [1, 2, 4, 8, 16, 32];

/** The program of a network at a batch size, with constant weights. */
export function networkProgram(
  network: Network,
  weights: Readonly<Record<string, Tensor>>,
  batch: number,
): Program {
  return buildProgram(traceNetwork(network, new Scope(), batch), { weights });
}

/** Traces a network at a batch size with inputs of its own. */
export function traceNetwork(
  network: Network,
  scope: Scope,
  batch: number,
): Readonly<Record<string, Value>> {
  const inputs = Object.entries(network.inputs(batch));
  return network.trace(
    scope,
    Object.fromEntries(inputs.map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)])),
  );
}

/** The names and shapes of a network's weights. */
export function weightShapes(network: Network): Record<string, readonly number[]> {
  const scope = new Scope();
  traceNetwork(network, scope, 1);
  return scope.shapes();
}

/**
 * Puts a network on a device. Programs are built at the first batch of their size.
 *
 * @param network The network.
 * @param weights Its weights by name; others are ignored, so several networks may share a file.
 * @param device Where it runs.
 * @returns The running network.
 * @throws {WeightsMismatchError} If weights are missing or have the wrong shape.
 */
export function openNetwork(
  network: Network,
  weights: Readonly<Record<string, Tensor>>,
  device: Device,
): RunningNetwork {
  const shapes = weightShapes(network);
  const own = Object.fromEntries(Object.entries(weights).filter(([name]) => name in shapes));
  matchWeights(shapes, own);
  const programs = new Map<number, Program>();
  const runPiece = async (feeds: Feeds, size: number, signal: AbortSignal | undefined) => {
    let program = programs.get(size);
    if (program === undefined) {
      program = networkProgram(network, own, size);
      programs.set(size, program);
    }
    const executable = await device.load(program);
    return await executable.run(feeds, { signal });
  };
  return {
    network,
    run: async (feeds, { signal } = {}) => {
      const batch = Object.values(feeds)[0]?.shape[0] ?? 0;
      if (batch === 0) throw new RangeError(`Cannot run the ${network.name} on an empty batch`);
      const pieces: Record<string, Tensor>[] = [];
      for (let first = 0; first < batch;) {
        signal?.throwIfAborted();
        const left = batch - first;
        const size = BATCH_SIZES.find((candidate) => candidate >= left) ?? BATCH_SIZES.at(-1)!;
        const count = Math.min(size, left);
        const outputs = await runPiece(
          mapFeeds(feeds, (feed) => rows(feed, first, count, size)),
          size,
          signal,
        );
        pieces.push(
          mapFeeds(outputs, (value) => rows(value, 0, count, count)) as Record<string, Tensor>,
        );
        first += count;
      }
      return joinRows(pieces);
    },
  };
}

function mapFeeds(feeds: Feeds, change: (feed: Feed) => Feed): Record<string, Feed> {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, change(feed)]));
}

/** Rows `first` to `first + count`, the last one repeated up to `size`. */
function rows(feed: Feed, first: number, count: number, size: number): Feed {
  const { shape, data } = feed;
  if (first === 0 && count === size && shape[0] === size) return feed;
  const stride = data.length / shape[0]!;
  const piece = data.slice(first * stride, (first + size) * stride);
  if (piece.length === size * stride) {
    return { shape: [size, ...shape.slice(1)], data: piece } as Feed;
  }
  const full = new (data.constructor as Float32ArrayConstructor)(size * stride);
  for (let row = 0; row < size; row++) {
    const source = (first + Math.min(row, count - 1)) * stride;
    full.set(data.subarray(source, source + stride) as unknown as Float32Array, row * stride);
  }
  return { shape: [size, ...shape.slice(1)], data: full };
}

function joinRows(pieces: readonly Record<string, Tensor>[]): Record<string, Tensor> {
  if (pieces.length === 1) return pieces[0]!;
  return Object.fromEntries(
    Object.keys(pieces[0]!).map((name) => {
      const parts = pieces.map((piece) => piece[name]!);
      const data = new Float32Array(parts.reduce((total, part) => total + part.data.length, 0));
      let offset = 0;
      for (const part of parts) {
        data.set(part.data, offset);
        offset += part.data.length;
      }
      const batch = parts.reduce((total, part) => total + part.shape[0]!, 0);
      return [name, { shape: [batch, ...parts[0]!.shape.slice(1)], data }];
    }),
  );
}
