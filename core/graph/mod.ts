/**
 * Networks as graphs: values with static shapes that trace into ONNX, and gradients that extend the
 * same graph by reverse-mode differentiation.
 *
 * @example A loss and its gradient as one program
 * ```ts
 * import { buildProgram, gradients, input, matmul, mse } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const x = input("x", [4, 3]);
 * const weight = input("weight", [3, 2]);
 * const loss = mse(matmul(x, weight), input("target", [4, 2]));
 * const [slope] = gradients(loss, [weight]);
 * const program = buildProgram({ loss, slope: slope! });
 * assertEquals(program.outputs["slope"]!.shape, [3, 2]);
 * ```
 *
 * @module
 */
export type { ReductionOptions } from "./_reduce.ts";
export {
  add,
  addAll,
  div,
  equal,
  greaterOrEqual,
  maximum,
  minimum,
  mul,
  neg,
  sub,
} from "./arithmetic.ts";
export { attention, type AttentionOptions } from "./attention.ts";
export { broadcastTo, sum, sumTo } from "./broadcasting.ts";
export { conv2d, type Conv2dOptions } from "./convolution.ts";
export type { DType } from "./dtype.ts";
export { gather, oneHot } from "./embedding.ts";
export { exportOnnx, type OnnxExport, type OnnxManifest } from "./export_onnx.ts";
export { gradients, withGradient } from "./gradient.ts";
export { crossEntropy, infoNce, mse } from "./loss.ts";
export type { Layout, Lowering } from "./lowering.ts";
export { matmul, type MatmulOptions } from "./matmul.ts";
export { groupNorm, layerNorm, type NormalizationOptions } from "./normalization.ts";
export type { OnnxAttribute } from "./onnx.ts";
export {
  abs,
  clamp,
  cos,
  exp,
  gelu,
  log,
  relu,
  sigmoid,
  silu,
  sin,
  sqrt,
  square,
  tanh,
} from "./pointwise.ts";
export {
  buildProgram,
  countFlops,
  parameterCount,
  type Program,
  type ProgramOptions,
} from "./program.ts";
export { max, mean } from "./reduction.ts";
export { averagePool, pixelShuffle, pixelUnshuffle, upsampleNearest } from "./resampling.ts";
export { stopGradient, toFloat, where } from "./selection.ts";
export { mapToSequences, sequencesToMap } from "./sequences.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export { concat, pad, reshape, slice, split, transpose, unsqueeze, zeros } from "./structure.ts";
export {
  constant,
  input,
  integers,
  type Node,
  type Operand,
  parameter,
  type Source,
  type Value,
  type ValueType,
} from "./value.ts";
export { mapToTokens, tokensToMap } from "./tokens.ts";
export type { Tensor } from "../tensor/mod.ts";
