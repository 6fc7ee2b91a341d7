/** Scaled dot-product attention: ONNX nodes and gradient. */

import { mul, sub } from "./arithmetic.ts";
import { lowerMatmul, matmul } from "./matmul.ts";
import { sum, sumTo } from "./broadcasting.ts";
import { broadcastShapes, sameShape, shapeError } from "./shape.ts";
import { reshape, transpose } from "./structure.ts";
import { makeNode, type Value } from "./value.ts";

/** Options of attention. */
export interface AttentionOptions {
  /** How many heads the width is cut into. @default {1} */
  readonly heads?: number;
  /** Added to the scores before the softmax: broadcasts to [batch, heads, queries, keys]. */
  readonly bias?: Value;
}

/**
 * Multi-head attention without projections (Vaswani et al., 2017, equation 1), self or cross.
 * It is traced as one operator: where no gradient asks for the probabilities, the runtime's fused
 * kernel runs.
 *
 * @param query [batch, queries, width].
 * @param key [batch, keys, width].
 * @param value [batch, keys, width].
 * @param options The number of heads, and what is added to the scores.
 * @returns [batch, queries, width].
 * @throws {RangeError} If the shapes do not fit, or the heads do not divide the width.
 *
 * @example Four queries look at six keys
 * ```ts
 * import { attention, input } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const keys = input("keys", [1, 6, 8]);
 * const mixed = attention(input("queries", [1, 4, 8]), keys, keys, { heads: 2 });
 * assertEquals(mixed.shape, [1, 4, 8]);
 * ```
 */
export function attention(
  query: Value,
  key: Value,
  value: Value,
  options: AttentionOptions = {},
): Value {
  const { heads = 1, bias } = options;
  const values = [query, key, value];
  if (values.some(({ shape }) => shape.length !== 3)) {
    throw shapeError("attention", values, "each must have the axes [batch, tokens, width]");
  }
  const [batch, queries, width] = query.shape as [number, number, number];
  const [keyBatch, keys, keyWidth] = key.shape as [number, number, number];
  if (keyBatch !== batch || keyWidth !== width || !sameShape(key.shape, value.shape)) {
    throw shapeError("attention", values, "batch and width must be equal, and keys match values");
  }
  if (width % heads !== 0) {
    throw shapeError("attention", [query], `its width does not divide into ${heads} heads`);
  }
  const scores = [batch, heads, queries, keys];
  if (bias && !sameShape(broadcastShapes(bias.shape, scores) ?? [], scores)) {
    throw shapeError("attention", [query, bias], `the bias must broadcast to [${scores}]`);
  }
  const scale = 1 / Math.sqrt(width / heads);
  const inHeads = (x: Value) =>
    // → [batch, heads, tokens, width / heads]
    transpose(reshape(x, [batch, x.shape[1]!, heads, width / heads]), [0, 2, 1, 3]);
  const outOfHeads = (x: Value) => reshape(transpose(x, [0, 2, 1, 3]), [batch, x.shape[2]!, width]);

  return makeNode({
    operator: "attention",
    inputs: [query, key, value, ...(bias ? [bias] : [])],
    outputs: [{ shape: query.shape, dtype: "float32" }, { shape: scores, dtype: "float32" }],
    flops: 4 * batch * queries * keys * width,
    lower: (context) => {
      const { emit, emitContrib, fused, input, isUsed, reshape: view } = context;
      if (fused && !isUsed(1)) {
        const inputs = [input(0), input(1), input(2)];
        if (bias) inputs.push("", "", biasInput());
        return emitContrib("MultiHeadAttention", inputs, {
          num_heads: heads,
          scale: { float: scale },
        });
      }
      const split = (index: number, tokens: number) =>
        emit("Transpose", [view(input(index), [batch, tokens, heads, width / heads])], {
          perm: [0, 2, 1, 3],
        });
      const pair = [split(0, queries), split(1, keys)] as const;
      let logits = lowerMatmul(context, pair, [4, 4], { transposeB: true, scale });
      if (bias) logits = emit("Add", [logits, input(3, "written")]);
      const probabilities = emit("Softmax", [logits], { axis: -1 });
      const mixed = emit("MatMul", [probabilities, split(2, keys)]);
      const merged = view(emit("Transpose", [mixed], { perm: [0, 2, 1, 3] }), [
        batch,
        queries,
        width,
      ]);
      return [merged, probabilities];

      /** The fused kernel wants all four axes, with batch and heads 1 or full. */
      function biasInput(): string {
        const shape = bias!.shape;
        const full = [...Array(4 - shape.length).fill(1), ...shape];
        const name = view(input(3, "written"), full);
        if (full[2] === queries && full[3] === keys) return name;
        return emit("Expand", [name, context.integers([full[0], full[1], queries, keys])]);
      }
    },
    gradient: ([dy], [, probabilities]) => {
      const p = probabilities!;
      const dOut = inHeads(dy!);
      const dProbabilities = matmul(dOut, inHeads(value), { transposeB: true });
      const dScores = mul(
        p,
        sub(dProbabilities, sum(mul(dProbabilities, p), [-1], { keep: true })),
      );
      return [
        outOfHeads(matmul(dScores, inHeads(key), { scale })),
        outOfHeads(matmul(dScores, inHeads(query), { transposeA: true, scale })),
        outOfHeads(matmul(p, dOut, { transposeA: true })),
        bias && sumTo(dScores, bias.shape),
      ];
    },
  })[0]!;
}
