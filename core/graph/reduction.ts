/** Means and maxima over axes: ONNX nodes and gradients. */

import { reduce, type ReductionOptions } from "./_reduce.ts";
import { equal, mul } from "./arithmetic.ts";
import { broadcastTo } from "./broadcasting.ts";
import { toFloat } from "./selection.ts";
import { product } from "./shape.ts";
import type { Value } from "./value.ts";

/**
 * The mean over axes.
 *
 * @param x Any shape.
 * @param axes Which axes; negative ones count from the back. @default {all}
 * @param options Whether the axes stay.
 * @returns The shape of x without those axes, or with length 1 there.
 * @throws {RangeError} If x has no such axis.
 */
export function mean(x: Value, axes?: readonly number[], options: ReductionOptions = {}): Value {
  return reduce("mean", "ReduceMean", x, axes, options, (dy, _, over) => {
    return broadcastTo(mul(dy, 1 / product(over.map((axis) => x.shape[axis]!))), x.shape);
  });
}

/**
 * The maximum over axes; its gradient goes to every element that attains it.
 *
 * @param x Any shape.
 * @param axes Which axes; negative ones count from the back. @default {all}
 * @param options Whether the axes stay.
 * @returns The shape of x without those axes, or with length 1 there.
 * @throws {RangeError} If x has no such axis.
 */
export function max(x: Value, axes?: readonly number[], options: ReductionOptions = {}): Value {
  const over = (dy: Value, y: Value) => mul(dy, toFloat(equal(x, y)));
  return reduce("max", "ReduceMax", x, axes, options, over);
}
