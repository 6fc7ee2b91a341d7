import { elementCount, tensor } from "../tensor/mod.ts";
import { type Environment, ENVIRONMENT_WIDTH, SLOTS } from "./environment.ts";

/**
 * What an output hears of several others: globals averaged over all, slots over those that have them.
 *
 * @param environments The others', of one batch size.
 * @param batch The number of samples.
 * @returns `global` [batch, width], `slots` [batch, slots, width] and `heard` [batch, 2], as a network
 * with environment attention reads them.
 *
 * @example A modality in time and one outside
 * ```ts
 * import { ENVIRONMENT_WIDTH, meanEnvironment, SLOTS } from "@codi/core/environment";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const ones = (...shape: number[]) =>
 *   tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(1));
 * const timed = {
 *   global: ones(1, ENVIRONMENT_WIDTH),
 *   slots: ones(1, SLOTS, ENVIRONMENT_WIDTH),
 * };
 * const still = { global: tensor([1, ENVIRONMENT_WIDTH]) };
 * const { global, slots, heard } = meanEnvironment([timed, still], 1);
 * assertEquals([global.data[0], slots.data[0], ...heard.data], [0.5, 1, 1, 1]);
 * assertEquals([...meanEnvironment([still], 1).heard.data], [1, 0]);
 * ```
 */
export function meanEnvironment(
  environments: readonly Environment[],
  batch: number,
): Record<"global" | "slots" | "heard", ReturnType<typeof tensor>> {
  const mean = (shape: readonly number[], parts: readonly Float32Array[]) => {
    const data = new Float32Array(elementCount(shape));
    for (const part of parts) {
      for (let i = 0; i < data.length; i++) data[i]! += part[i]! / parts.length;
    }
    return tensor(shape, data);
  };
  const timed = environments.flatMap(({ slots }) => slots === undefined ? [] : [slots.data]);
  const heard = tensor([batch, 2]);
  for (let sample = 0; sample < batch; sample++) {
    heard.data[2 * sample] = environments.length > 0 ? 1 : 0;
    heard.data[2 * sample + 1] = timed.length > 0 ? 1 : 0;
  }
  return {
    global: mean([batch, ENVIRONMENT_WIDTH], environments.map(({ global }) => global.data)),
    slots: mean([batch, SLOTS, ENVIRONMENT_WIDTH], timed),
    heard,
  };
}
