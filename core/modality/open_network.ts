import { countFlops } from "../graph/mod.ts";
import { Scope } from "../nn/mod.ts";
import type { Device, Feed } from "../runtime/mod.ts";
import { elementCount, type Tensor } from "../tensor/mod.ts";
import { matchWeights } from "../weights/mod.ts";
import { LazyProgram, roomOf } from "./_program_room.ts";
import {
  type Feeds,
  type Network,
  networkProgram,
  type RunningNetwork,
  traceNetwork,
} from "./network.ts";

/**
 * Programs have static shapes: batches run in pieces of these sizes. Larger ones are no faster by the
 * row, and each program has weights of its own, so there are few.
 */
const PIECES = [1, 2, 4, 8];

/** Where a piece is as much work as this, in floating-point operations, a larger one is no faster either. */
const ENOUGH_WORK = 2e9;

/** A piece is filled up with rows of no more work than this; a further run costs about as much. */
const FILLING_WORK = 3e8;

/**
 * Puts a network on a device. Programs are built at the first batch of their size.
 *
 * @param network The network.
 * @param weights Its weights by name; others are ignored, so several networks may share a file.
 * @param device Where it runs.
 * @returns The running network; it is freed with its device.
 * @throws {WeightsMismatchError} If weights are missing or have the wrong shape.
 *
 * @example Three samples at once
 * ```ts
 * import { type Network, openNetwork } from "@codi/core/modality";
 * import { linear } from "@codi/core/nn";
 * import { openDevice } from "@codi/core/runtime";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const network: Network = {
 *   name: "sum",
 *   inputs: (batch) => ({ x: { shape: [batch, 2], dtype: "float32" } }),
 *   trace: (scope, { x }) => ({ y: linear(scope, x!, 1, { bias: false }) }),
 * };
 * await using device = openDevice({ threads: 1 });
 * const sum = openNetwork(network, { weight: tensor([1, 2], Float32Array.of(1, 1)) }, device);
 * const { y } = await sum.run({ x: tensor([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)) });
 * assertEquals([...y!.data], [3, 7, 11]);
 * ```
 */
export function openNetwork(
  network: Network,
  weights: Readonly<Record<string, Tensor>>,
  device: Device,
): RunningNetwork {
  const scope = new Scope();
  const work = countFlops(Object.values(traceNetwork(network, scope, 1)));
  const shapes = scope.shapes();
  const own = Object.fromEntries(
    Object.entries(weights).filter(([name]) => Object.hasOwn(shapes, name)),
  );
  matchWeights(shapes, own);
  const sizes = PIECES.filter((size, place) => place === 0 || size * work <= ENOUGH_WORK);
  const programs = new Map(
    sizes.map((size) => [size, new LazyProgram(() => networkProgram(network, own, size))]),
  );
  const room = roomOf(device);
  return {
    network,
    run: async (feeds, { signal } = {}) => {
      const batch = batchOf(network, feeds);
      const pieces: Record<string, Tensor>[] = [];
      for (let first = 0; first < batch;) {
        signal?.throwIfAborted();
        const left = batch - first;
        const size = pieceOf(left, sizes, work);
        const count = Math.min(size, left);
        const piece = mapFeeds(feeds, (feed) => rows(feed, first, count, size));
        const outputs = await room.use(
          programs.get(size)!,
          (executable) => executable.run(piece, { signal }),
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

/** The size of the next piece of so many rows. */
function pieceOf(rows: number, sizes: readonly number[], work: number): number {
  const above = sizes.find((size) => size >= rows);
  if (above !== undefined && (above - rows) * work <= FILLING_WORK) return above;
  return sizes.findLast((size) => size <= rows)!;
}

/** The batch that all feeds share. */
function batchOf(network: Network, feeds: Feeds): number {
  let batch: number | undefined;
  for (const [name, { shape, data }] of Object.entries(feeds)) {
    batch ??= shape[0] ?? 0;
    if (batch === 0) throw new RangeError(`Cannot run the ${network.name} on an empty batch`);
    if (shape[0] !== batch || data.length !== elementCount(shape)) {
      throw new RangeError(
        `Cannot run the ${network.name} on a batch of ${batch}: the feed "${name}" has the shape [${shape}] and ${data.length} values`,
      );
    }
  }
  if (batch === undefined) throw new RangeError(`Cannot run the ${network.name} without feeds`);
  return batch;
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
