import type { SampleStep } from "../diffusion/mod.ts";
import { takeRows, type Tensor } from "../tensor/mod.ts";
import { bestCandidates, comparedAfter, type Comparison, firstRows } from "./_candidates.ts";
import type { Group } from "./_groups.ts";
import type { Conditions } from "./_guided_network.ts";
import type { Sample } from "./_samples.ts";
import type { GenerationStep } from "./request.ts";

/** One of the beginnings that are tried for a sample. */
export interface Beginning extends Sample {
  readonly candidate: number;
}

/** A group, and how many candidates each of its samples has. */
export interface TriedGroup {
  readonly group: Group;
  readonly candidates: readonly number[];
}

/** A group with what its samples begin from. */
export interface BegunGroup {
  readonly group: Group;
  readonly beginnings: readonly Beginning[];
  /** What each beginning is conditioned on. */
  readonly conditions: Conditions;
  /** What the first evaluations give, where that is known. */
  readonly known: readonly Readonly<Record<string, Tensor>>[];
}

/** What {@linkcode chooseBeginnings} works with. */
export interface BeginningsOptions {
  /** The number of sampling steps. */
  readonly steps: number;
  /** Denoises groups in lock-step, and tells what each evaluation gives. */
  denoise(
    begun: readonly BegunGroup[],
    tell: (denoised: Record<string, Tensor>) => void,
  ): AsyncGenerator<Record<string, SampleStep>, unknown, void>;
  /** What the estimates of a group's outputs are compared by. */
  estimates(
    group: Group,
    denoised: Readonly<Record<string, Tensor>>,
  ): Promise<Omit<Comparison, "candidates">>;
}

/**
 * Chooses what samples begin from: of each one's candidates, that which fits best after some steps.
 *
 * @param groups The groups, and how many candidates their samples have.
 * @param samples The samples.
 * @param conditions What each sample is conditioned on.
 * @param options How to denoise, and to compare.
 * @returns The beginnings, and after how many steps they were compared; what was reached is known.
 */
export async function* chooseBeginnings(
  groups: readonly TriedGroup[],
  samples: readonly Sample[],
  conditions: Conditions,
  { steps, denoise, estimates }: BeginningsOptions,
): AsyncGenerator<GenerationStep, { begun: BegunGroup[]; compared: number }, void> {
  const begun = groups.map(({ group, candidates }): BegunGroup => ({
    group,
    beginnings: samples.flatMap((sample, i) =>
      Array.from({ length: candidates[i]! }, (_, candidate) => ({ ...sample, candidate }))
    ),
    conditions: repeatedConditions(conditions, candidates),
    known: [],
  }));
  const tried = groups.filter(({ candidates }) => candidates.some((count) => count > 1));
  if (tried.length === 0) return { begun, compared: 0 };
  const compared = Math.max(...tried.map(({ group }) => comparedAfter(group, steps)));
  const evaluations: Record<string, Tensor>[] = [];
  const trial = denoise(begun, (all) => evaluations.push(all));
  const best = new Map<Group, readonly number[]>();
  for (let step = 0; step < compared; step++) {
    const { value } = await trial.next();
    const denoised = denoisedOf(value as Record<string, SampleStep>);
    for (const { group, candidates } of tried) {
      if (comparedAfter(group, steps) !== step + 1) continue;
      best.set(group, bestCandidates({ candidates, ...await estimates(group, denoised) }));
    }
    const first = groups.map(({ group, candidates }) =>
      rowsOfGroup(group, denoised, firstRows(candidates))
    );
    yield { step, steps, denoised: Object.assign({}, ...first) };
  }
  const chosen = begun.map(({ group, beginnings }) => {
    const rows = best.get(group) ?? samples.map((_, i) => i);
    return {
      group,
      beginnings: rows.map((row) => beginnings[row]!),
      conditions,
      known: evaluations.map((all) => rowsOfGroup(group, all, rows)),
    };
  });
  return { begun: chosen, compared };
}

/** The estimates of clean latents after a step. */
export function denoisedOf(
  states: Readonly<Record<string, SampleStep>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(states).map(([name, { denoised }]) => [name, denoised]),
  );
}

/** What each sample is conditioned on, for each of its candidates. */
function repeatedConditions(
  { positive, negative }: Conditions,
  candidates: readonly number[],
): Conditions {
  const repeated = (all: Conditions["positive"]) =>
    all.flatMap((one, i) => Array.from({ length: candidates[i]! }, () => one));
  return { positive: repeated(positive), negative: repeated(negative) };
}

/** Of the latents of all outputs, some rows of those of a group. */
function rowsOfGroup(
  { outputs }: Group,
  latents: Readonly<Record<string, Tensor>>,
  rows: readonly number[],
): Record<string, Tensor> {
  return Object.fromEntries(
    outputs.map(({ modality: { name } }) => [name, takeRows(latents[name]!, rows)]),
  );
}
