import type { DType, Program } from "../graph/mod.ts";
import { elementCount, type Tensor } from "../tensor/mod.ts";

/** What a program is fed: numbers, indices (int32 arrays are widened to int64), or bool as 0 and 1. */
export type Feed = Tensor | {
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** The values in row-major order. */
  readonly data: BigInt64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
};

function dtypeOf({ data }: Feed): DType {
  if (data instanceof Float32Array) return "float32";
  return data instanceof Uint8Array ? "bool" : "int64";
}

/**
 * Compares feeds with what a program takes.
 *
 * @param program What is to be run; only its inputs are looked at.
 * @param feeds The feeds by name.
 * @throws {RangeError} If a feed is missing, unknown, or has another shape or number of values.
 * @throws {TypeError} If the values of a feed are of another type.
 *
 * @example A feed of the wrong shape
 * ```ts
 * import { add, buildProgram, input } from "@codi/core/graph";
 * import { checkFeeds } from "@codi/core/runtime";
 * import { tensor } from "@codi/core/tensor";
 * import { assertThrows } from "@std/assert";
 *
 * const program = buildProgram({ y: add(input("x", [2]), 1) });
 * assertThrows(() => checkFeeds(program, { x: tensor([3]) }), RangeError, 'feed "x" has shape [3]');
 * ```
 */
export function checkFeeds(
  program: Pick<Program, "inputs">,
  feeds: Readonly<Record<string, Feed>>,
): void {
  for (const [name, { shape, dtype }] of Object.entries(program.inputs)) {
    const feed = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
    if (feed === undefined) {
      throw new RangeError(`Cannot run a program without a feed for "${name}"`);
    }
    if (feed.shape.join() !== shape.join()) {
      throw new RangeError(
        `Cannot run a program: feed "${name}" has shape [${feed.shape}], the program takes [${shape}]`,
      );
    }
    if (feed.data.length !== elementCount(shape)) {
      throw new RangeError(
        `Cannot run a program: feed "${name}" has ${feed.data.length} values, its shape [${shape}] takes ${
          elementCount(shape)
        }`,
      );
    }
    if (dtypeOf(feed) !== dtype) {
      throw new TypeError(
        `Cannot run a program: feed "${name}" holds ${dtypeOf(feed)}, the program takes ${dtype}`,
      );
    }
  }
  for (const name of Object.keys(feeds)) {
    if (!Object.hasOwn(program.inputs, name)) {
      const known = Object.keys(program.inputs).map((key) => `"${key}"`).join(", ") || "none";
      throw new RangeError(`Cannot run a program with the feed "${name}": it takes ${known}`);
    }
  }
}

/**
 * Copies feeds that are views into larger buffers: a message to a Worker carries the whole buffer of
 * every array in it.
 */
export function packFeeds(feeds: Readonly<Record<string, Feed>>): Record<string, Feed> {
  const pack = (feed: Feed): Feed => {
    const { shape, data } = feed;
    return data.byteLength === data.buffer.byteLength
      ? feed
      : { shape, data: data.slice() } as Feed;
  };
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, pack(feed)]));
}
