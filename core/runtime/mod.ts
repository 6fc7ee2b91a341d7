/**
 * Running programs with onnxruntime in Workers.
 *
 * @module
 */
export {
  type Device,
  type Executable,
  type LoadProgramOptions,
  openDevice,
  type RunOptions,
} from "./device.ts";
export { checkFeeds, type Feed } from "./feed.ts";
export { type RuntimeRecord, runtimeRecord } from "./runtime_record.ts";
export type { SessionOptions } from "./session.ts";
export type { DType, Program, ValueType } from "../graph/mod.ts";
export type { Tensor } from "../tensor/mod.ts";
