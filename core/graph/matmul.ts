/** Matrix products: ONNX nodes and gradients. */

import { sumTo } from "./reduction.ts";
import { broadcastShapes, shapeError } from "./shape.ts";
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

/** a · b over the last two axes, [..., rows, inner] · [..., inner, columns]; leading axes broadcast. */
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
  return makeValue({
    operator: "matmul",
    inputs: [a, b],
    outputs: [{ shape: [...leading, rows, columns], dtype: "float32" }],
    lower: ({ emit, emitContrib, input }) =>
      transposeA || transposeB || scale !== 1
        ? emitContrib("FusedMatMul", [input(0), input(1)], {
          transA: transposeA ? 1 : 0,
          transB: transposeB ? 1 : 0,
          alpha: { float: scale },
        })
        : emit("MatMul", [input(0), input(1)]),
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
