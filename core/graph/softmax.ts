/** Softmax: ONNX nodes and gradient. */

import { mul, sub } from "./arithmetic.ts";
import { exp } from "./pointwise.ts";
import { sum } from "./broadcasting.ts";
import { makeValue, type Value } from "./value.ts";

/** eˣ over its sum along the last axis. */
export function softmax(x: Value): Value {
  return makeValue({
    operator: "softmax",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "float32" }],
    lower: ({ emit, input }) => emit("Softmax", [input(0)], { axis: -1 }),
    gradient: ([dy], [y]) => [mul(y!, sub(dy!, sum(mul(dy!, y!), [-1], { keep: true })))],
  });
}

/** The logarithm of the softmax along the last axis. */
export function logSoftmax(x: Value): Value {
  return makeValue({
    operator: "logSoftmax",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "float32" }],
    lower: ({ emit, input }) => emit("LogSoftmax", [input(0)], { axis: -1 }),
    gradient: ([dy], [y]) => [sub(dy!, mul(exp(y!), sum(dy!, [-1], { keep: true })))],
  });
}
