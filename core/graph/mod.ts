/**
 * Networks as graphs: values with static shapes that trace into ONNX, and gradients that extend the
 * same graph by reverse-mode differentiation.
 *
 * @module
 */
export * from "./arithmetic.ts";
export * from "./attention.ts";
export * from "./convolution.ts";
export * from "./embedding.ts";
export * from "./gradient.ts";
export * from "./loss.ts";
export * from "./matmul.ts";
export * from "./normalization.ts";
export * from "./pointwise.ts";
export * from "./program.ts";
export * from "./reduction.ts";
export * from "./resampling.ts";
export * from "./selection.ts";
export * from "./softmax.ts";
export * from "./structure.ts";
export {
  constant,
  type DType,
  input,
  integers,
  type Node,
  type Operand,
  parameter,
  type Source,
  type Value,
  type ValueType,
} from "./value.ts";
