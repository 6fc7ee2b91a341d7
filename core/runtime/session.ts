/** Direct use of onnxruntime, inside the Workers only. */

import ort from "onnxruntime-node";
import type { Feed } from "./feed.ts";

/** Options of a session. */
export interface SessionOptions {
  /** How many threads one operator may use. @default {the number of cores} */
  readonly threads?: number;
}

/**
 * Opens an ONNX model.
 *
 * @param model The bytes of the file.
 * @param options Threads per operator.
 * @returns The session.
 */
export function createSession(
  model: Uint8Array,
  options: SessionOptions = {},
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    logSeverityLevel: 3,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
  });
}

/** A feed as onnxruntime wants it. */
export function toOrtTensor({ shape, data }: Feed): ort.Tensor {
  if (data instanceof Float32Array) return new ort.Tensor("float32", data, shape);
  if (data instanceof BigInt64Array) return new ort.Tensor("int64", data, shape);
  if (data instanceof Int32Array) {
    return new ort.Tensor("int64", BigInt64Array.from(data, (value) => BigInt(value)), shape);
  }
  return new ort.Tensor("bool", data, shape);
}
