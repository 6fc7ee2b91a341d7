// The types that a value's own type leads to: entries whose functions take values export them, too.
export type { DType } from "./dtype.ts";
export type { Layout, Lowering } from "./lowering.ts";
export type { OnnxAttribute } from "./onnx.ts";
export type { Node, Source, Value, ValueType } from "./value.ts";
export type { Tensor } from "../tensor/mod.ts";
