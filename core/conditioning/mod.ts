/**
 * The shared conditioning space: mixing prompts and comparing embeddings.
 *
 * @module
 */
export * from "./mix.ts";
export * from "./center.ts";
export type { Initializer, Scope } from "../nn/mod.ts";
export type {
  DType,
  Layout,
  Lowering,
  Node,
  OnnxAttribute,
  Source,
  Value,
  ValueType,
} from "../graph/mod.ts";
export type { Tensor } from "../tensor/mod.ts";
