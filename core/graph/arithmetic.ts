/** Elementwise operators of two operands with broadcasting: ONNX nodes and gradients. */

import { sumTo } from "./broadcasting.ts";
import { broadcastShapes, shapeError } from "./shape.ts";
import { where } from "./selection.ts";
import type { DType } from "./dtype.ts";
import { makeValue, type Operand, toValue, type Value } from "./value.ts";

type BinaryGradient = (gradient: Value, a: Value, b: Value, output: Value) => [Value?, Value?];

function binary(
  operator: string,
  opType: string,
  left: Operand,
  right: Operand,
  gradient?: BinaryGradient,
  dtype: DType = "float32",
): Value {
  const a = toValue(left);
  const b = toValue(right);
  const shape = broadcastShapes(a.shape, b.shape);
  if (shape === undefined) {
    throw shapeError(operator, [a, b], "axes must be equal, or 1 in one of them");
  }
  return makeValue({
    operator,
    inputs: [a, b],
    outputs: [{ shape, dtype }],
    layout: "any",
    lower: ({ emit, input }) => emit(opType, [input(0), input(1)]),
    ...(gradient && {
      gradient: ([dy], [y]) => {
        const [da, db] = gradient(dy!, a, b, y!);
        return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)];
      },
    }),
  });
}

/** a + b, element by element. @throws {RangeError} If the shapes do not broadcast. */
export function add(a: Operand, b: Operand): Value {
  return binary("add", "Add", a, b, (dy) => [dy, dy]);
}

/** a − b, element by element. @throws {RangeError} If the shapes do not broadcast. */
export function sub(a: Operand, b: Operand): Value {
  return binary("sub", "Sub", a, b, (dy) => [dy, neg(dy)]);
}

/** a · b, element by element. @throws {RangeError} If the shapes do not broadcast. */
export function mul(a: Operand, b: Operand): Value {
  return binary("mul", "Mul", a, b, (dy, left, right) => [mul(dy, right), mul(dy, left)]);
}

/** a / b, element by element. @throws {RangeError} If the shapes do not broadcast. */
export function div(a: Operand, b: Operand): Value {
  return binary("div", "Div", a, b, (dy, _, right, y) => {
    const da = div(dy, right);
    return [da, neg(mul(da, y))];
  });
}

/** The larger of a and b; where they are equal the gradient goes to a. */
export function maximum(a: Operand, b: Operand): Value {
  return binary("maximum", "Max", a, b, (dy, left, right) => {
    const first = greaterOrEqual(left, right);
    return [where(first, dy, 0), where(first, 0, dy)];
  });
}

/** The smaller of a and b; where they are equal the gradient goes to a. */
export function minimum(a: Operand, b: Operand): Value {
  return neg(maximum(neg(a), neg(b)));
}

/** Whether a ≥ b, as bool. */
export function greaterOrEqual(a: Operand, b: Operand): Value {
  return binary("greaterOrEqual", "GreaterOrEqual", a, b, undefined, "bool");
}

/** Whether a = b, as bool. */
export function equal(a: Operand, b: Operand): Value {
  return binary("equal", "Equal", a, b, undefined, "bool");
}

/** −a. */
export function neg(a: Operand): Value {
  return mul(a, -1);
}

/** The sum of values of one shape. @throws {RangeError} If there is none, or the shapes differ. */
export function addAll(values: readonly Value[]): Value {
  const [first, ...rest] = values;
  if (first === undefined) throw new RangeError('Cannot trace "addAll" of no values');
  if (rest.length === 0) return first;
  for (const value of rest) {
    if (value.shape.join() !== first.shape.join()) {
      throw shapeError("addAll", values, "all shapes must be equal");
    }
  }
  if (rest.length === 1) return add(first, rest[0]!);
  return makeValue({
    operator: "addAll",
    inputs: values,
    outputs: [first],
    layout: "any",
    lower: ({ emit, input }) => emit("Sum", values.map((_, index) => input(index))),
    gradient: ([dy]) => values.map(() => dy),
  });
}
