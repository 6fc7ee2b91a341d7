/** Broadcasting and the sums that are its gradient: ONNX nodes and gradients. */

import { reduce, type ReductionOptions } from "./_reduce.ts";
import { broadcastShapes, sameShape, shapeError, showShape } from "./shape.ts";
import { reshape } from "./structure.ts";
import { makeValue, type Value } from "./value.ts";

/**
 * Stretches axes of length 1, and adds leading ones, up to a shape.
 *
 * @param x What is repeated.
 * @param shape The shape of the result.
 * @returns The value in that shape.
 * @throws {RangeError} If x does not broadcast to it.
 */
export function broadcastTo(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const joint = broadcastShapes(x.shape, shape);
  if (joint === undefined || !sameShape(joint, shape)) {
    throw shapeError("broadcastTo", [x], `it does not broadcast to ${showShape(shape)}`);
  }
  return makeValue({
    operator: "broadcastTo",
    inputs: [x],
    outputs: [{ shape, dtype: x.dtype }],
    lower: ({ emit, input, integers }) => emit("Expand", [input(0), integers(shape)]),
    gradient: ([dy]) => [sumTo(dy!, x.shape)],
  });
}

/**
 * The sum over axes.
 *
 * @param x Any shape.
 * @param axes Which axes; negative ones count from the back. @default {all}
 * @param options Whether the axes stay.
 * @returns The shape of x without those axes, or with length 1 there.
 * @throws {RangeError} If x has no such axis.
 */
export function sum(x: Value, axes?: readonly number[], options: ReductionOptions = {}): Value {
  return reduce("sum", "ReduceSum", x, axes, options, (dy) => broadcastTo(dy, x.shape));
}

/**
 * Sums over the axes that broadcasting added or stretched: the gradient of broadcasting.
 *
 * @param x A shape that `shape` broadcasts to.
 * @param shape The shape of the result.
 * @returns The sums.
 * @throws {RangeError} If `shape` has more axes than x.
 */
export function sumTo(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  if (added < 0) throw shapeError("sumTo", [x], `cannot sum to [${shape}]`);
  const axes = x.shape.flatMap((length, axis) =>
    axis < added || (shape[axis - added] === 1 && length !== 1) ? [axis] : []
  );
  const summed = sum(x, axes, { keep: true });
  return added === 0 ? summed : reshape(summed, shape);
}
