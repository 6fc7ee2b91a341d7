/** Reshaping, permuting, joining and cutting: ONNX nodes and gradients. */

import { innermostAxis } from "./lowering.ts";
import { sumTo } from "./reduction.ts";
import { broadcastShapes, normalizeAxis, product, sameShape, shapeError, showShape } from "./shape.ts";
import { constant, makeNode, makeValue, type Value } from "./value.ts";

/** The same elements in another shape; one length may be −1 and is then worked out. */
export function reshape(x: Value, shape: readonly number[]): Value {
  const known = product(shape.filter((length) => length !== -1));
  const full = shape.map((length) => length === -1 ? product(x.shape) / known : length);
  if (product(full) !== product(x.shape) || full.some((length) => !Number.isInteger(length))) {
    throw shapeError("reshape", [x], `it does not hold the elements of ${showShape(shape)}`);
  }
  if (sameShape(full, x.shape)) return x;
  return makeValue({
    operator: "reshape",
    inputs: [x],
    outputs: [{ shape: full, dtype: x.dtype }],
    lower: (context) => context.reshape(context.input(0), full),
    gradient: ([dy]) => [reshape(dy!, x.shape)],
  });
}

/** The axes in another order: axis i of the result is axis `order[i]` of x. */
export function transpose(x: Value, order: readonly number[]): Value {
  const sorted = [...order].sort((a, b) => a - b);
  if (order.length !== x.shape.length || sorted.some((axis, index) => axis !== index)) {
    throw shapeError("transpose", [x], `"${order}" is not an order of its axes`);
  }
  if (order.every((axis, index) => axis === index)) return x;
  return makeValue({
    operator: "transpose",
    inputs: [x],
    outputs: [{ shape: order.map((axis) => x.shape[axis]!), dtype: x.dtype }],
    lower: ({ emit, input }) => emit("Transpose", [input(0)], { perm: order }),
    gradient: ([dy]) => [transpose(dy!, order.map((_, axis) => order.indexOf(axis)))],
  });
}

/** Adds axes of length 1 at the given positions of the result. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  const rank = x.shape.length + axes.length;
  const lengths = [...x.shape];
  const places = axes.map((axis) => axis < 0 ? axis + rank : axis);
  return reshape(x, Array.from({ length: rank }, (_, axis) => places.includes(axis) ? 1 : lengths.shift()!));
}

/** Stretches axes of length 1, and adds leading ones, up to a shape. */
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

/** Values one after another along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  const first = values[0];
  if (first === undefined) throw new RangeError('Cannot trace "concat" of no values');
  if (values.length === 1) return first;
  const along = normalizeAxis("concat", first, axis);
  const fits = values.every((value) =>
    value.shape.length === first.shape.length &&
    value.shape.every((length, index) => index === along || length === first.shape[index])
  );
  if (!fits) throw shapeError("concat", values, `all axes but ${along} must be equal`);
  const lengths = values.map((value) => value.shape[along]!);
  const total = lengths.reduce((a, b) => a + b, 0);
  return makeValue({
    operator: "concat",
    inputs: values,
    outputs: [{ shape: first.shape.map((length, index) => index === along ? total : length), dtype: first.dtype }],
    layout: "any",
    lower: ({ emit, input, layout }) =>
      emit("Concat", values.map((_, index) => input(index)), {
        axis: layout === "batch-innermost" ? innermostAxis(along) : along,
      }),
    gradient: ([dy]) => [...split(dy!, lengths, along)],
  });
}

/** Cuts a value along an axis into pieces of the given lengths. */
export function split(x: Value, lengths: readonly number[], axis: number): readonly Value[] {
  const along = normalizeAxis("split", x, axis);
  if (lengths.reduce((a, b) => a + b, 0) !== x.shape[along]) {
    throw shapeError("split", [x], `the pieces [${lengths}] must add up to axis ${along}`);
  }
  if (lengths.length === 1) return [x];
  const shapes = lengths.map((piece) => x.shape.map((length, index) => index === along ? piece : length));
  return makeNode({
    operator: "split",
    inputs: [x],
    outputs: shapes.map((shape) => ({ shape, dtype: x.dtype })),
    layout: "any",
    lower: ({ emitMany, input, integers, layout }) =>
      emitMany("Split", [input(0), integers(lengths)], {
        axis: layout === "batch-innermost" ? innermostAxis(along) : along,
      }, lengths.length),
    gradient: (gradients) => [
      concat(gradients.map((dy, index) => dy ?? zeros(shapes[index]!)), along),
    ],
  });
}

/** A constant of zeros. */
export function zeros(shape: readonly number[]): Value {
  return constant(new Float32Array(product(shape)), shape);
}

/** Elements `start` (inclusive) to `end` (exclusive) of an axis. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const along = normalizeAxis("slice", x, axis);
  const length = x.shape[along]!;
  if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= length)) {
    throw shapeError("slice", [x], `"${start}" to "${end}" is not within axis ${along}`);
  }
  if (start === 0 && end === length) return x;
  return makeValue({
    operator: "slice",
    inputs: [x],
    outputs: [{ shape: x.shape.map((old, index) => index === along ? end - start : old), dtype: x.dtype }],
    layout: "any",
    lower: ({ emit, input, integers, layout }) => {
      const place = layout === "batch-innermost" && x.shape.length === 4 ? innermostAxis(along) : along;
      return emit("Slice", [input(0), integers([start]), integers([end]), integers([place])]);
    },
    gradient: ([dy]) => [pad(dy!, along, start, length - end)],
  });
}

/** Zeros before and after along an axis. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  const along = normalizeAxis("pad", x, axis);
  if (!(Number.isInteger(before) && Number.isInteger(after) && before >= 0 && after >= 0)) {
    throw shapeError("pad", [x], `"${before}" and "${after}" must be whole numbers from 0`);
  }
  if (before === 0 && after === 0) return x;
  const length = x.shape[along]!;
  return makeValue({
    operator: "pad",
    inputs: [x],
    outputs: [{
      shape: x.shape.map((old, index) => index === along ? before + old + after : old),
      dtype: "float32",
    }],
    layout: "any",
    lower: ({ emit, input, integers, layout }) => {
      const place = layout === "batch-innermost" && x.shape.length === 4 ? innermostAxis(along) : along;
      return emit("Pad", [input(0), integers([before, after]), "", integers([place])]);
    },
    gradient: ([dy]) => [slice(dy!, along, before, before + length)],
  });
}
