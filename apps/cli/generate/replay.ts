import { type SamplerName, samplers } from "@codi/core/diffusion";
import { type AnyModality, findModality } from "@codi/core/modality";
import { dirname, join } from "@std/path";
import { alternatives } from "../command_line.ts";
import { missingText } from "../plugins/missing_text.ts";
import { sha256 } from "../sha256.ts";
import type { KeptSource } from "./_beside.ts";
import { findRecipe, type FoundRecipe } from "./find_recipe.ts";
import type { GenerationPlan, PromptSource } from "./generation_plan.ts";
import { isWords } from "./options.ts";
import type { ReadFile, SampleRecord } from "./read_prompt.ts";
import type { OutputRecord, Recipe } from "./run_record.ts";
import { STANDARD_STREAM } from "./streams.ts";

/** An earlier run, to be done again. */
export interface Replay extends FoundRecipe {
  /** What to do, as arguments would have said it. */
  readonly plan: GenerationPlan;
}

/**
 * Reads the recipe of an earlier run.
 *
 * @param source The record of the run, or a file it has written.
 * @param plan What else was asked for: where the files go, and files for prompts.
 * @param modalities The installed modalities.
 * @param readFile Reads a file or standard input.
 * @returns What to do.
 * @throws {Error} If there is no recipe, or what it needs is not there.
 */
export async function readReplay(
  source: string,
  plan: GenerationPlan,
  modalities: readonly AnyModality[],
  readFile: ReadFile,
): Promise<Replay> {
  const refuse = (reason: string, cause?: unknown): Error =>
    new Error(`Cannot replay "${source}": ${reason}`, { cause });
  let found: FoundRecipe | undefined;
  try {
    found = findRecipe(await readFile(source));
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (found === undefined) {
    throw refuse("it holds no recipe; a run.json does, and what generate writes in most formats");
  }
  const { recipe } = found;
  if (!Object.hasOwn(samplers, recipe.sampler)) {
    throw refuse(`there is no sampler "${recipe.sampler}"`);
  }
  const installed = modalities.map(({ name }) => name);
  const named = [...recipe.to, ...recipe.prompts.map(({ modality }) => modality)];
  for (const name of [...named, ...Object.keys(recipe.follow)]) {
    const missing = missingText(name, installed);
    if (missing !== undefined) throw refuse(missing);
    findModality(modalities, name);
  }
  const given = new Map(
    await Promise.all(
      plan.prompts.map(async ({ value }) => [await sha256(await readFile(value)), value] as const),
    ),
  );
  const fileOf = async (what: string, name: string, record: SampleRecord) => {
    const found = await locate(record, given, source, readFile);
    if (found !== undefined) return found;
    throw refuse(
      `the ${what} "${record.file}" that it was made from is not beside it; give the file with --${name} FILE`,
    );
  };
  const valueOf = async (name: string, record: SampleRecord) =>
    isWords(findModality(modalities, name)) ? record.text ?? "" : await fileOf(name, name, record);
  const prompts: PromptSource[] = [];
  for (const record of recipe.prompts) {
    const { weight, negative } = record;
    const modality = findModality(modalities, record.modality);
    prompts.push({ modality, value: await valueOf(modality.name, record), weight, negative });
  }
  const follow: Record<string, string> = {};
  for (const [name, record] of Object.entries(recipe.follow)) {
    follow[name] = await valueOf(name, record);
  }
  const keep: Record<string, KeptSource> = {};
  for (const [name, record] of Object.entries(recipe.keep)) {
    const value = await valueOf(name, record);
    keep[name] = "region" in record
      ? { value, region: record.region }
      : { value, mask: await fileOf("mask", name, record.mask) };
  }
  const { to, seed, steps, guidance, candidates, mixing, environment, decoding, formats } = recipe;
  const { count, runtime } = recipe;
  return {
    ...found,
    plan: {
      ...plan,
      prompts,
      to,
      seed,
      steps,
      sampler: recipe.sampler as SamplerName,
      guidance,
      candidates,
      mixing,
      follow,
      keep,
      environment,
      decoding,
      formats,
      count,
      threads: plan.threads ?? runtime.threads,
    },
  };
}

/** A file with the content of a prompt: one that was given, or of the same name. */
async function locate(
  { file, sha256: hash }: SampleRecord,
  given: ReadonlyMap<string, string>,
  source: string,
  readFile: ReadFile,
): Promise<string | undefined> {
  if (hash === undefined || file === undefined) return undefined;
  if (given.has(hash)) return given.get(hash);
  const folder = source === STANDARD_STREAM ? "." : dirname(source);
  for (const path of file === STANDARD_STREAM ? [] : [join(folder, file), file]) {
    try {
      if (await sha256(await readFile(path)) === hash) return path;
    } catch {
      // It is not here, or is no file that could have been a prompt: a recipe can name anything.
    }
  }
  return undefined;
}

/**
 * Calls files as an earlier recipe does: those of the same content, given under another name or through
 * standard input, make the same bytes.
 *
 * @param before The earlier recipe.
 * @param now The recipe of the run that follows it.
 * @returns The latter with the former's names.
 */
export function namedAsBefore(before: Recipe, now: Recipe): Recipe {
  const names = new Map<string | undefined, string>();
  const remember = ({ sha256, file }: SampleRecord) => {
    if (sha256 !== undefined && file !== undefined) names.set(sha256, file);
  };
  for (const record of [...before.prompts, ...Object.values(before.follow)]) remember(record);
  for (const kept of Object.values(before.keep)) {
    remember(kept);
    if ("mask" in kept) remember(kept.mask);
  }
  const named = <R extends SampleRecord>(record: R): R => {
    const file = names.get(record.sha256);
    return file === undefined ? record : { ...record, file };
  };
  return {
    ...now,
    prompts: now.prompts.map(named),
    follow: mapValues(now.follow, named),
    keep: mapValues(
      now.keep,
      (kept) => "mask" in kept ? { ...named(kept), mask: named(kept.mask) } : named(kept),
    ),
  };
}

function mapValues<T>(
  some: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(some).map(([key, value]) => [key, change(value)]));
}

/**
 * What is not as it was when a recipe was written, so that other bytes may come out.
 *
 * @param before The recipe.
 * @param now The recipe of the run that follows it.
 * @returns Sentences without a final period; none if all is the same.
 */
export function recipeChanges(before: Recipe, now: Recipe): string[] {
  const changes: string[] = [];
  const compare = (what: string, was: unknown, is: unknown) => {
    if (was !== is) changes.push(`${what}: ${is ?? "none"}, in the recipe ${was ?? "none"}`);
  };
  compare("The version of this program", before.codi, now.codi);
  for (const name of new Set([...Object.keys(before.plugins), ...Object.keys(now.plugins)])) {
    compare(`The version of "${name}"`, before.plugins[name], now.plugins[name]);
  }
  // Recipes of earlier versions name fewer of the weights that take part.
  const changed = Object.keys(before.weights)
    .filter((name) => before.weights[name] !== now.weights[name]);
  if (changed.length > 0) changes.push(`The weights of ${alternatives(changed)} are others`);
  for (const name of Object.keys(now.runtime) as (keyof Recipe["runtime"])[]) {
    if (name !== "deno") compare(`The runtime's ${name}`, before.runtime[name], now.runtime[name]);
  }
  return changes;
}

/**
 * Compares what was written with what an earlier run had written.
 *
 * @param before The files of that run; those of other samples are left out.
 * @param now The files of this one.
 * @returns A sentence for people.
 */
export function comparisonText(
  before: readonly OutputRecord[],
  now: readonly OutputRecord[],
): string {
  const digests = new Map(
    before.map(({ modality, sample, sha256 }) => [`${modality} ${sample}`, sha256]),
  );
  const others = now.filter(({ modality, sample, sha256 }) =>
    digests.get(`${modality} ${sample}`) !== sha256
  );
  if (others.length > 0) {
    return `Not the bytes of the recorded run: ${others.map(({ file }) => file).join(", ")}`;
  }
  return now.length === 1
    ? "The file has the bytes of the recorded run"
    : `All ${now.length} files have the bytes of the recorded run`;
}
