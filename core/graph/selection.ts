/** Choosing between values, and crossing between element types: ONNX nodes and gradients. */

import { sumTo } from "./broadcasting.ts";
import { broadcastShapes, shapeError } from "./shape.ts";
import { makeValue, type Operand, toValue, type Value } from "./value.ts";

/**
 * Elements of `a` where the condition holds, of `b` elsewhere.
 *
 * @param condition bool; all three broadcast.
 * @param a What is taken where it holds.
 * @param b What is taken where it does not.
 * @returns The broadcast shape.
 * @throws {RangeError} If the condition is not bool or the shapes do not broadcast.
 */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const left = toValue(a);
  const right = toValue(b);
  const inner = broadcastShapes(left.shape, right.shape);
  const shape = inner && broadcastShapes(inner, condition.shape);
  if (condition.dtype !== "bool") {
    throw shapeError("where", [condition], "the condition must be bool");
  }
  if (shape === undefined) {
    throw shapeError("where", [condition, left, right], "the shapes must broadcast");
  }
  return makeValue({
    operator: "where",
    inputs: [condition, left, right],
    outputs: [{ shape, dtype: left.dtype }],
    layout: "any",
    lower: ({ emit, input }) => emit("Where", [input(0), input(1), input(2)]),
    gradient: ([dy]) => [
      undefined,
      sumTo(where(condition, dy!, 0), left.shape),
      sumTo(where(condition, 0, dy!), right.shape),
    ],
  });
}

/** A bool or int64 value as float32; nothing flows back. */
export function toFloat(x: Value): Value {
  if (x.dtype === "float32") return x;
  return makeValue({
    operator: "toFloat",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input }) => emit("Cast", [input(0)], { to: 1 }),
    gradient: () => [undefined],
  });
}

/** The value with its gradient cut off: a constant as far as training is concerned. */
export function stopGradient(x: Value): Value {
  return makeValue({
    operator: "stopGradient",
    inputs: [x],
    outputs: [x],
    layout: "any",
    lower: ({ input }) => input(0),
    gradient: () => [undefined],
  });
}
