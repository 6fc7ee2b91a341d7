import { similarity } from "../conditioning/mod.ts";
import type { Group } from "./_groups.ts";
import type { Condition, Conditions } from "./_guided_network.ts";
import { type Output, settingOf } from "./_outputs.ts";
import { CANDIDATES_FROM_NOTHING, type GenerateRequest } from "./request.ts";

/**
 * The share of the steps after which candidates are compared: of an output by itself, and of those that
 * hear others and so decide later.
 */
const [ALONE, TOGETHER] = [1 / 3, 1 / 2];

/**
 * How many candidates a sample of a group has.
 *
 * @param group The outputs that are denoised together.
 * @param request What was asked for.
 * @param prompted Whether the sample has prompts that candidates can be compared with.
 * @returns The most that is asked for any of the outputs; 1 where there is nothing to compare with.
 */
export function candidatesOf(
  { outputs, listeners }: Group,
  { candidates, guidance, follow = {} }: GenerateRequest,
  prompted: boolean,
): number {
  const together = listeners.size > 0;
  if (!prompted && !together) return 1;
  const fromNothing = !prompted && Object.keys(follow).length === 0;
  const own = ({ modality: { name }, diffusion }: Output) => {
    if (together) return fromNothing ? CANDIDATES_FROM_NOTHING : 1;
    // Where prompts are ignored, samples are not chosen by them either, unless that is asked for.
    return settingOf(guidance, name) === 0 ? 1 : diffusion.candidates ?? 1;
  };
  return Math.max(
    ...outputs.map((output) => settingOf(candidates, output.modality.name) ?? own(output)),
  );
}

/** The number of steps after which the candidates of a group are compared. */
export function comparedAfter({ listeners }: Group, steps: number): number {
  return Math.ceil(steps * (listeners.size === 0 ? ALONE : TOGETHER));
}

/** What the candidates of a group are compared by: rows, those of one sample's candidates together. */
export interface Comparison {
  /** How many candidates each sample has. */
  readonly candidates: readonly number[];
  /** What each sample is conditioned on. */
  readonly conditions: Conditions;
  /** Estimates of each output in the shared space; empty where no sample has a prompt. */
  readonly embeddings: readonly (readonly Float32Array[])[];
  /** What each output says to the others, its global tokens; empty where it is by itself. */
  readonly said: readonly (readonly Float32Array[])[];
  /** The same of what is followed, one row each. */
  readonly followed: readonly Float32Array[];
}

/**
 * The candidate of each sample that fits best: whose outputs are nearest to the sample's prompts in the
 * shared space, and far from its negative ones, and whose global tokens are nearest to each other's and
 * to those of what is followed. This is the search over initial noise of Ma et al. (2025, "Inference-time
 * scaling for diffusion models beyond scaling denoising steps", section 3) with prompt and environment
 * encoders as verifiers.
 *
 * @param comparison The estimates, and what they should fit.
 * @returns The row of the best candidate of each sample; the first of equals.
 */
export function bestCandidates(
  { candidates, conditions: { positive, negative }, embeddings, said, followed }: Comparison,
): number[] {
  const first = firstRows(candidates);
  return positive.map((condition, sample) => {
    const rows = Array.from({ length: candidates[sample]! }, (_, i) => first[sample]! + i);
    const fits = rows.map((row) => {
      const nearness = (to: Condition | undefined) =>
        to === undefined ? 0 : sum(embeddings, (of) => similarity(of[row]!, to.mixed));
      const globals = said.map((of) => of[row]!);
      const together = sum(
        globals,
        (one, place) =>
          sum([...globals.slice(place + 1), ...followed], (other) => similarity(one, other)),
      );
      return nearness(condition) - nearness(negative[sample]) + together;
    });
    return rows[fits.reduce((best, fit, i) => fit > fits[best]! ? i : best, 0)]!;
  });
}

function sum<T>(some: readonly T[], valueOf: (one: T, place: number) => number): number {
  return some.reduce((total, one, place) => total + valueOf(one, place), 0);
}

/**
 * The row of each sample's first candidate.
 *
 * @param candidates How many candidates each sample has; those of one stand together.
 */
export function firstRows(candidates: readonly number[]): number[] {
  let row = 0;
  return candidates.map((count) => (row += count) - count);
}
