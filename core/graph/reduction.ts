/** Sums, means and maxima over axes: ONNX nodes and gradients. */

import { equal, mul } from "./arithmetic.ts";
import { innermostAxis, type Lowering } from "./lowering.ts";
import { toFloat } from "./selection.ts";
import { normalizeAxis, product, sameShape, shapeError } from "./shape.ts";
import { broadcastTo, reshape } from "./structure.ts";
import { makeValue, type Value } from "./value.ts";

/** Options of a reduction. */
export interface ReductionOptions {
  /**
   * Whether the reduced axes stay, with length 1.
   *
   * @default {false}
   */
  readonly keep?: boolean;
}

function reduce(
  operator: string,
  opType: string,
  x: Value,
  axes: readonly number[] | undefined,
  gradient: (dy: Value, y: Value, axes: readonly number[]) => Value,
): Value {
  const over = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => normalizeAxis(operator, x, axis));
  const shape = x.shape.map((length, axis) => over.includes(axis) ? 1 : length);
  if (over.length === 0) return x;
  return makeValue({
    operator,
    inputs: [x],
    outputs: [{ shape, dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input, integers, layout }: Lowering) => {
      const placed = layout === "batch-innermost" ? over.map(innermostAxis) : [...over];
      return emit(opType, [input(0), integers(placed.sort((a, b) => a - b))], { keepdims: 1 });
    },
    gradient: ([dy], [y]) => [gradient(dy!, y!, over)],
  });
}

function dropAxes(x: Value, kept: Value, axes: readonly number[] | undefined, options: ReductionOptions): Value {
  if (options.keep) return kept;
  const over = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => axis < 0 ? axis + x.shape.length : axis);
  return reshape(kept, x.shape.filter((_, axis) => !over.includes(axis)));
}

/** The sum over axes (all if left out). */
export function sum(x: Value, axes?: readonly number[], options: ReductionOptions = {}): Value {
  const kept = reduce("sum", "ReduceSum", x, axes, (dy) => broadcastTo(dy, x.shape));
  return dropAxes(x, kept, axes, options);
}

/** The mean over axes (all if left out). */
export function mean(x: Value, axes?: readonly number[], options: ReductionOptions = {}): Value {
  const kept = reduce("mean", "ReduceMean", x, axes, (dy, _, over) => {
    return broadcastTo(mul(dy, 1 / product(over.map((axis) => x.shape[axis]!))), x.shape);
  });
  return dropAxes(x, kept, axes, options);
}

/** The maximum over axes (all if left out); its gradient goes to every element that attains it. */
export function max(x: Value, axes?: readonly number[], options: ReductionOptions = {}): Value {
  const kept = reduce("max", "ReduceMax", x, axes, (dy, y) => mul(dy, toFloat(equal(x, y))));
  return dropAxes(x, kept, axes, options);
}

/** Sums over the axes that broadcasting added or stretched: the gradient of broadcasting. */
export function sumTo(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  if (added < 0) throw shapeError("sumTo", [x], `cannot sum to [${shape}]`);
  const axes = x.shape.flatMap((length, axis) => axis < added || (shape[axis - added] === 1 && length !== 1) ? [axis] : []);
  const summed = sum(x, axes, { keep: true });
  return added === 0 ? summed : reshape(summed, shape);
}
