import type { MixingRule } from "@codi/core/conditioning";
import type { AnyModality, PartName } from "@codi/core/modality";
import { type RuntimeRecord, runtimeRecord } from "@codi/core/runtime";
import config from "../deno.json" with { type: "json" };
import { digestWeights } from "../weights_digest.ts";
import type { GenerationPlan } from "./generation_plan.ts";
import type { BesideRecord } from "./read_beside.ts";
import type { PromptRecord } from "./read_prompt.ts";

/** All that fixes the bytes of a generation on one kind of machine. */
export interface Recipe extends BesideRecord {
  /** The version of this program. */
  readonly codi: string;
  /** The shared space of the modalities. */
  readonly space: string;
  /** The version of each plugin that took part. */
  readonly plugins: Readonly<Record<string, string>>;
  /** The SHA-256 of each file of weights that took part. */
  readonly weights: Readonly<Record<string, string>>;
  /** The prompts, in order. */
  readonly prompts: readonly PromptRecord[];
  /** The modalities generated. */
  readonly to: readonly string[];
  /** Keys all noise. */
  readonly seed: number;
  /** The sampler. */
  readonly sampler: string;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The guidance scale of each modality. */
  readonly guidance: Readonly<Record<string, number>>;
  /** How many beginnings of each sample were tried, by modality. */
  readonly candidates: Readonly<Record<string, number>>;
  /** How several prompts count together. */
  readonly mixing: MixingRule;
  /** How much each output heeds the others: its environment guidance scale. */
  readonly environment: Readonly<Record<string, number>>;
  /** Settings of decoding, by modality. */
  readonly decoding: GenerationPlan["decoding"];
  /** The formats of files, by modality, where they are not the usual ones. */
  readonly formats: GenerationPlan["formats"];
  /** How many samples were generated. */
  readonly count: number;
  /** How many of them side by side, at most; it can change the last digits. */
  readonly batch: number;
  /** What it ran on. */
  readonly runtime: RuntimeRecord;
}

/** The content of `run.json`: the same for the same command, so without times. */
export interface RunRecord extends Recipe {
  /** What a user should know of the prompts. */
  readonly notices: readonly string[];
  /** How many samples are written: fewer than the count if the run was stopped. */
  readonly finished: number;
  /** The files written beside it. */
  readonly outputs: readonly OutputRecord[];
}

/** A file that a run has written. */
export interface OutputRecord {
  /** The name of its modality. */
  readonly modality: string;
  /** The number of the sample, from 0. */
  readonly sample: number;
  /** The file's name. */
  readonly file: string;
  /** The SHA-256 of the file. */
  readonly sha256: string;
}

/** What {@linkcode recipeOf} writes down. */
export interface RecipeOptions {
  /** The installed modalities. */
  readonly modalities: readonly AnyModality[];
  /** What was asked for. */
  readonly plan: GenerationPlan;
  /** The prompts. */
  readonly prompts: readonly PromptRecord[];
  /** What outputs follow and keep. */
  readonly beside: BesideRecord;
  /** How many candidates each output has. */
  readonly candidates: Readonly<Record<string, number>>;
  /** The seed, given or drawn. */
  readonly seed: number;
  /** Threads per operator. */
  readonly threads: number;
  /** How many samples are generated side by side, at most. */
  readonly batch: number;
}

/**
 * Writes down how something is generated.
 *
 * @param options What, and on what.
 * @returns The recipe.
 */
export async function recipeOf(options: RecipeOptions): Promise<Recipe> {
  const { plan, prompts, beside, candidates, seed, threads, batch } = options;
  const roles = options.modalities.map((modality) => ({
    modality,
    prompts: prompts.some((prompt) => prompt.modality === modality.name),
    made: plan.to.includes(modality.name),
    followed: Object.hasOwn(beside.follow, modality.name),
  })).filter((role) => role.prompts || role.made || role.followed);
  // Beginnings are compared with the prompts by the output's own prompt encoder.
  const compares = (name: string) => prompts.length > 0 && (candidates[name] ?? 1) > 1;
  const weights: Record<string, string> = {};
  const together = roles.filter(({ made, followed }) => made || followed).length > 1;
  for (const { modality, prompts, made, followed } of roles) {
    const parts: PartName[] = [
      ...(prompts || made && compares(modality.name) ? ["promptEncoder" as const] : []),
      ...(made || followed ? ["autoencoder" as const] : []),
      ...(made ? ["renderer", "diffusion"] as const : []),
      ...(together && (made || followed) ? ["environment" as const] : []),
    ];
    Object.assign(weights, await digestWeights([modality], parts));
  }
  return {
    codi: config.version,
    space: roles[0]!.modality.space,
    plugins: Object.fromEntries(roles.map(({ modality }) => [modality.name, modality.version])),
    weights,
    prompts,
    to: plan.to,
    seed,
    sampler: plan.sampler,
    steps: plan.steps,
    guidance: Object.fromEntries(
      roles.filter(({ made }) => made).map(({ modality }) => [
        modality.name,
        scaleOf(plan.guidance, modality.name) ?? modality.diffusion!.guidance,
      ]),
    ),
    candidates,
    mixing: plan.mixing,
    environment: Object.fromEntries(
      roles.filter(({ made, modality }) => together && made && modality.environment).map((
        { modality },
      ) => [
        modality.name,
        scaleOf(plan.environment, modality.name) ?? modality.environment!.guidance,
      ]),
    ),
    ...beside,
    decoding: plan.decoding,
    formats: plan.formats,
    count: plan.count,
    batch,
    runtime: runtimeRecord(threads),
  };
}

function scaleOf(
  scales: number | Readonly<Record<string, number>> | undefined,
  name: string,
): number | undefined {
  return typeof scales === "object" ? scales[name] : scales;
}

/** A recipe with a sample's number, in ASCII letters, as files keep it in their metadata. */
export function recipeText(recipe: Recipe, sample: number): string {
  return JSON.stringify({ ...recipe, sample }).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
