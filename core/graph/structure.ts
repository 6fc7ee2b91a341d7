/** Reshaping, permuting, joining and cutting: ONNX nodes and gradients. */

import { axisIn } from "./lowering.ts";
import { normalizeAxis, product, sameShape, shapeError, showShape } from "./shape.ts";
import { constant, makeNode, makeValue, type Value } from "./value.ts";

/**
 * The same elements in another shape.
 *
 * @param x Any shape.
 * @param shape The new shape; one length may be −1 and is then worked out.
 * @returns The value in that shape.
 * @throws {RangeError} If the shape does not hold as many elements.
 */
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

/**
 * The axes in another order.
 *
 * @param x Any shape.
 * @param order Axis i of the result is axis `order[i]` of x.
 * @returns The permuted value.
 * @throws {RangeError} If the order does not name every axis once.
 */
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

/**
 * Adds axes of length 1.
 *
 * @param x Any shape.
 * @param axes Where they are in the result; negative ones count from its back.
 * @returns The value with more axes.
 */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  const rank = x.shape.length + axes.length;
  const lengths = [...x.shape];
  const places = axes.map((axis) => axis < 0 ? axis + rank : axis);
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => places.includes(axis) ? 1 : lengths.shift()!),
  );
}

/**
 * Values one after another along an axis.
 *
 * @param values At least one; all other axes have equal lengths.
 * @param axis Which axis; negative ones count from the back.
 * @returns The joined value.
 * @throws {RangeError} If the other axes differ.
 */
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
    outputs: [{
      shape: first.shape.map((length, index) => index === along ? total : length),
      dtype: first.dtype,
    }],
    layout: "any",
    lower: ({ emit, input, layout }) =>
      emit("Concat", values.map((_, index) => input(index)), {
        axis: axisIn(layout, along),
      }),
    gradient: ([dy]) => [...split(dy!, lengths, along)],
  });
}

/**
 * Cuts a value along an axis.
 *
 * @param x Any shape.
 * @param lengths The lengths of the pieces, which add up to that of the axis.
 * @param axis Which axis; negative ones count from the back.
 * @returns The pieces, in order.
 * @throws {RangeError} If the lengths do not add up.
 */
export function split(x: Value, lengths: readonly number[], axis: number): readonly Value[] {
  const along = normalizeAxis("split", x, axis);
  if (lengths.reduce((a, b) => a + b, 0) !== x.shape[along]) {
    throw shapeError("split", [x], `the pieces [${lengths}] must add up to axis ${along}`);
  }
  if (lengths.length === 1) return [x];
  const shapes = lengths.map((piece) =>
    x.shape.map((length, index) => index === along ? piece : length)
  );
  return makeNode({
    operator: "split",
    inputs: [x],
    outputs: shapes.map((shape) => ({ shape, dtype: x.dtype })),
    layout: "any",
    lower: ({ emitMany, input, integers, layout }) =>
      emitMany("Split", [input(0), integers(lengths)], {
        axis: axisIn(layout, along),
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

/**
 * A part of an axis.
 *
 * @param x Any shape.
 * @param axis Which axis; negative ones count from the back.
 * @param start The first element.
 * @param end The element after the last.
 * @returns The part; its axis is `end − start` long.
 * @throws {RangeError} If the part is empty or not within the axis.
 */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const along = normalizeAxis("slice", x, axis);
  const length = x.shape[along]!;
  if (
    !(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end &&
      end <= length)
  ) {
    throw shapeError("slice", [x], `"${start}" to "${end}" is not within axis ${along}`);
  }
  if (start === 0 && end === length) return x;
  return makeValue({
    operator: "slice",
    inputs: [x],
    outputs: [{
      shape: x.shape.map((old, index) => index === along ? end - start : old),
      dtype: x.dtype,
    }],
    layout: "any",
    lower: ({ emit, input, integers, layout }) => {
      const axes = integers([axisIn(layout, along)]);
      return emit("Slice", [input(0), integers([start]), integers([end]), axes]);
    },
    gradient: ([dy]) => [pad(dy!, along, start, length - end)],
  });
}

/**
 * Adds zeros along an axis.
 *
 * @param x Any shape, float32.
 * @param axis Which axis; negative ones count from the back.
 * @param before How many come before.
 * @param after How many come after.
 * @returns The longer value.
 * @throws {RangeError} If a count is not a whole number from 0.
 */
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
      const axes = integers([axisIn(layout, along)]);
      return emit("Pad", [input(0), integers([before, after]), "", axes]);
    },
    gradient: ([dy]) => [slice(dy!, along, before, before + length)],
  });
}
