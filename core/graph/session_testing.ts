/** Runs programs in this thread, for measuring them without a Worker around. */

import ort from "onnxruntime-node";
import { random } from "../random/mod.ts";
import { elementCount } from "../tensor/mod.ts";
import { buildProgram, type Value, type ValueType } from "./mod.ts";

function draw({ shape }: ValueType): ort.Tensor {
  const data = random(shape.join()).fillNormal(new Float32Array(elementCount(shape)));
  return new ort.Tensor("float32", data, shape);
}

/**
 * Opens a program of some values.
 *
 * @param outputs What is computed, by name.
 * @param batchInnermost The layout of small maps.
 * @returns A function that runs it on random inputs, writing into the same memory every time.
 */
export async function openRun(
  outputs: Readonly<Record<string, Value>>,
  batchInnermost: boolean,
): Promise<() => Promise<unknown>> {
  const program = buildProgram(outputs, { batchInnermost });
  const feeds = Object.entries({ ...program.inputs, ...program.parameters })
    .map(([name, type]) => [name, draw(type)] as const);
  const fetches = Object.entries(program.outputs)
    .map(([name, type]) => [`${name}:0`, draw(type)] as const);
  const session = await ort.InferenceSession.create(program.model, { logSeverityLevel: 3 });
  return () => session.run(Object.fromEntries(feeds), Object.fromEntries(fetches));
}
