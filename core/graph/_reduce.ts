/** What all reductions share. */

import { axisIn } from "./lowering.ts";
import { normalizeAxis } from "./shape.ts";
import { reshape } from "./structure.ts";
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

/**
 * A reduction over axes, all if left out. The gradient is asked for with the reduced axes kept, those
 * of the output's gradient and of the output itself.
 */
export function reduce(
  operator: string,
  opType: string,
  x: Value,
  axes: readonly number[] | undefined,
  options: ReductionOptions,
  gradient: (dy: Value, y: Value, axes: readonly number[]) => Value,
): Value {
  const listed = axes ?? x.shape.map((_, axis) => axis);
  const over = [...new Set(listed.map((axis) => normalizeAxis(operator, x, axis)))];
  if (over.length === 0) return x;
  const kept = makeValue({
    operator,
    inputs: [x],
    outputs: [{
      shape: x.shape.map((length, axis) => over.includes(axis) ? 1 : length),
      dtype: "float32",
    }],
    layout: "any",
    lower: ({ emit, input, integers, layout }) => {
      const placed = over.map((axis) => axisIn(layout, axis)).sort((a, b) => a - b);
      return emit(opType, [input(0), integers(placed)], { keepdims: 1 });
    },
    gradient: ([dy], [y]) => [gradient(dy!, y!, over)],
  });
  return options.keep ? kept : reshape(kept, x.shape.filter((_, axis) => !over.includes(axis)));
}
