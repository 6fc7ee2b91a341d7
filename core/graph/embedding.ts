/** Looking rows up by index: ONNX nodes and gradients. */

import { shapeError } from "./shape.ts";
import { zeros } from "./structure.ts";
import { makeValue, type Value } from "./value.ts";

/**
 * Rows of a table, looked up by index; the gradient adds up over rows that are read more than once.
 *
 * @param table [rows, ...].
 * @param indices int64, any shape, each in [0, rows).
 * @returns The shape of the indices, followed by that of a row.
 * @throws {RangeError} If the indices are not int64.
 */
export function gather(table: Value, indices: Value): Value {
  if (indices.dtype !== "int64") {
    throw shapeError("gather", [table, indices], "the indices must be int64");
  }
  if (table.shape.length < 1) {
    throw shapeError("gather", [table, indices], "the table needs an axis");
  }
  return makeValue({
    operator: "gather",
    inputs: [table, indices],
    outputs: [{ shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype }],
    lower: ({ emit, input }) => emit("Gather", [input(0), input(1)], { axis: 0 }),
    gradient: ([dy]) => [scatterRows(table.shape, indices, dy!), undefined],
  });
}

/** Zeros of a shape with rows added at indices; ScatterElements adds one after the other, in order. */
function scatterRows(shape: readonly number[], indices: Value, rows: Value): Value {
  const count = indices.shape.reduce((a, b) => a * b, 1);
  const rowShape = shape.slice(1);
  return makeValue({
    operator: "scatterRows",
    inputs: [zeros(shape), indices, rows],
    outputs: [{ shape, dtype: "float32" }],
    lower: ({ emit, input, integers, reshape }) => {
      const flat = reshape(input(1), [count, ...rowShape.map(() => 1)]);
      const spread = emit("Expand", [flat, integers([count, ...rowShape])]);
      const updates = reshape(input(2, "written"), [count, ...rowShape]);
      return emit("ScatterElements", [input(0, "written"), spread, updates], {
        axis: 0,
        reduction: "add",
      });
    },
  });
}

/**
 * 1 at the index and 0 elsewhere, along a new last axis; nothing flows back.
 *
 * @param indices int64, any shape; an index outside [0, length) gives zeros.
 * @param length The length of the new axis.
 * @returns The shape of the indices, followed by `length`.
 * @throws {RangeError} If the indices are not int64.
 */
export function oneHot(indices: Value, length: number): Value {
  if (indices.dtype !== "int64") throw shapeError("oneHot", [indices], "the indices must be int64");
  return makeValue({
    operator: "oneHot",
    inputs: [indices],
    outputs: [{ shape: [...indices.shape, length], dtype: "float32" }],
    lower: ({ emit, input, integers, floats }) =>
      emit("OneHot", [input(0), integers([length]), floats([0, 1], [2])], { axis: -1 }),
    gradient: () => [undefined],
  });
}
