import { similarity } from "../conditioning/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import type { Group } from "./_groups.ts";
import type { Conditions } from "./_guided_network.ts";
import { type Output, settingOf } from "./_outputs.ts";
import type { GenerateRequest } from "./request.ts";

/**
 * The share of the steps after which candidates are compared: of an output by itself, and of those that
 * hear others and so decide later.
 */
const [ALONE, TOGETHER] = [1 / 3, 1 / 2];

/**
 * How many candidates each sample of a group has.
 *
 * @param group The outputs that are denoised together.
 * @param request What was asked for.
 * @param prompted Whether there are prompts that samples can be compared with.
 * @returns The most that is asked for any of the outputs; 1 where there is nothing to compare with.
 */
export function candidatesOf(
  { outputs, listeners }: Group,
  { candidates, guidance, follow = {} }: GenerateRequest,
  prompted: boolean,
): number {
  const followed = listeners.size > 0 && Object.keys(follow).length > 0;
  if (!prompted && !followed && outputs.length === 1) return 1;
  const own = ({ modality: { name }, diffusion }: Output) =>
    // Where prompts are ignored, samples are not chosen by them either, unless that is asked for.
    listeners.size > 0 || settingOf(guidance, name) === 0 ? 1 : diffusion.candidates ?? 1;
  return Math.max(
    ...outputs.map((output) => settingOf(candidates, output.modality.name) ?? own(output)),
  );
}

/** The number of steps after which the candidates of a group are compared. */
export function comparedAfter({ listeners }: Group, steps: number): number {
  return Math.ceil(steps * (listeners.size === 0 ? ALONE : TOGETHER));
}

/** What the candidates of a group are compared by. */
export interface Comparison {
  /** How many candidates each sample has; those of one stand together. */
  readonly candidates: number;
  /** Estimates of each output in the shared space, one of each candidate of each sample. */
  readonly embeddings: readonly (readonly Float32Array[])[];
  /** What each sample is conditioned on. */
  readonly conditions: Conditions;
  /** What outputs follow, in the shared space. */
  readonly followed: readonly Float32Array[];
}

/**
 * The candidate of each sample that fits best: whose outputs are nearest in the shared space to the
 * sample's prompts, to what is followed, and to each other, and far from its negative prompts. The
 * search over initial noise of Ma et al. (2025, "Inference-time scaling for diffusion models beyond scaling
 * denoising steps", section 3), with the prompt encoders as verifiers.
 *
 * @param comparison The estimates, and what they should fit.
 * @returns The row of the best candidate of each sample; the first of equals.
 */
export function bestCandidates(
  { candidates, embeddings, conditions: { positive, negative }, followed }: Comparison,
): number[] {
  return positive.map((condition, sample) => {
    const rows = Array.from({ length: candidates }, (_, i) => sample * candidates + i);
    const fits = rows.map((row) => {
      const outputs = embeddings.map((one) => one[row]!);
      const wanted = [...(condition ? [condition.mixed] : []), ...followed];
      const unwanted = negative[sample] ? [negative[sample].mixed] : [];
      return sum(
        outputs,
        (one, place) =>
          sum([...wanted, ...outputs.slice(place + 1)], (other) => similarity(one, other)) -
          sum(unwanted, (other) => similarity(one, other)),
      );
    });
    return rows[fits.indexOf(Math.max(...fits))]!;
  });
}

/** Some rows of a tensor, [rows, ...]. */
export function rowsOf({ shape, data }: Tensor, rows: readonly number[]): Tensor {
  const size = data.length / shape[0]!;
  const result = tensor([rows.length, ...shape.slice(1)]);
  for (const [place, row] of rows.entries()) {
    result.data.set(data.subarray(row * size, (row + 1) * size), place * size);
  }
  return result;
}

function sum<T>(some: readonly T[], valueOf: (one: T, place: number) => number): number {
  return some.reduce((total, one, place) => total + valueOf(one, place), 0);
}
