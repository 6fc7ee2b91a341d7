import type { Tensor } from "../tensor/mod.ts";

/** What a program is fed: numbers, indices (int32 arrays are widened to int64), or bool as 0 and 1. */
export type Feed = Tensor | {
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** The values in row-major order. */
  readonly data: BigInt64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
};
