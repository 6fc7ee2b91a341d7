/** Matrix products: ONNX nodes and gradients. */

import { sumTo } from "./broadcasting.ts";
import type { Lowering } from "./lowering.ts";
import { broadcastShapes, product, shapeError } from "./shape.ts";
import { makeValue, type Value } from "./value.ts";

/** Options of a matrix product. */
export interface MatmulOptions {
  /** Whether the last two axes of `a` are swapped first. @default {false} */
  readonly transposeA?: boolean;
  /** Whether the last two axes of `b` are swapped first. @default {false} */
  readonly transposeB?: boolean;
  /** A factor on the product. @default {1} */
  readonly scale?: number;
}

/** Emits the product of two ONNX values of the given ranks. */
export function lowerMatmul(
  { emit, emitContrib, floats, fused }: Lowering,
  [a, b]: readonly [string, string],
  [rankA, rankB]: readonly [number, number],
  { transposeA = false, transposeB = false, scale = 1 }: MatmulOptions = {},
): string {
  if (!transposeA && !transposeB && scale === 1) return emit("MatMul", [a, b]);
  if (fused) {
    return emitContrib("FusedMatMul", [a, b], {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
      alpha: { float: scale },
    });
  }
  const swapped = (name: string, rank: number) => {
    const leading = Array.from({ length: rank - 2 }, (_, axis) => axis);
    return emit("Transpose", [name], { perm: [...leading, rank - 1, rank - 2] });
  };
  const left = transposeA ? swapped(a, rankA) : a;
  const right = transposeB ? swapped(b, rankB) : b;
  const result = emit("MatMul", [left, right]);
  return scale === 1 ? result : emit("Mul", [result, floats([scale], [])]);
}

/**
 * The matrix product a · b over the last two axes; leading axes broadcast.
 *
 * @param a [..., rows, inner].
 * @param b [..., inner, columns].
 * @param options Whether a or b is transposed first, and a factor.
 * @returns [..., rows, columns].
 * @throws {RangeError} If the inner lengths differ, leading axes do not broadcast, or there are fewer
 * than two axes.
 *
 * @example Rows times columns
 * ```ts
 * import { input, matmul } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const y = matmul(input("a", [8, 2, 3]), input("b", [5, 3]), { transposeB: true });
 * assertEquals(y.shape, [8, 2, 5]);
 * ```
 */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  const { transposeA = false, transposeB = false, scale = 1 } = options;
  const rankA = a.shape.length;
  const rankB = b.shape.length;
  if (rankA < 2 || rankB < 2) throw shapeError("matmul", [a, b], "both need two axes or more");
  const rows = a.shape[rankA - (transposeA ? 1 : 2)]!;
  const innerA = a.shape[rankA - (transposeA ? 2 : 1)]!;
  const innerB = b.shape[rankB - (transposeB ? 1 : 2)]!;
  const columns = b.shape[rankB - (transposeB ? 2 : 1)]!;
  const leading = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (innerA !== innerB) {
    throw shapeError("matmul", [a, b], `the inner lengths ${innerA} and ${innerB} must be equal`);
  }
  if (leading === undefined) throw shapeError("matmul", [a, b], "the leading axes must broadcast");
  const shape = [...leading, rows, columns];
  return makeValue({
    operator: "matmul",
    inputs: [a, b],
    outputs: [{ shape, dtype: "float32" }],
    flops: 2 * product(shape) * innerA,
    lower: (context) =>
      lowerMatmul(context, [context.input(0), context.input(1)], [rankA, rankB], options),
    gradient: ([dy]) => {
      const da = transposeA
        ? matmul(b, dy!, { transposeA: transposeB, transposeB: true, scale })
        : matmul(dy!, b, { transposeB: !transposeB, scale });
      const db = transposeB
        ? matmul(dy!, a, { transposeA: true, transposeB: transposeA, scale })
        : matmul(a, dy!, { transposeA: !transposeA, scale });
      return [sumTo(da, a.shape), sumTo(db, b.shape)];
    },
  });
}
