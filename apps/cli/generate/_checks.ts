import { type AnyModality, findModality } from "@codi/core/modality";
import { join, resolve } from "@std/path";
import { UsageError } from "../command.ts";
import type { ParsedArguments } from "../command_line.ts";
import { missingText } from "../plugins/missing_text.ts";
import { fileNameOf } from "./encode_samples.ts";
import { isWords, type promptOptions } from "./options.ts";
import type { GenerationPlan } from "./generation_plan.ts";
import { RUN_FILE } from "./results.ts";
import { STANDARD_STREAM } from "./streams.ts";

/** Options that go with `--replay`, besides those that give files. */
const BESIDE_REPLAY = ["replay", "out", "threads", "json", "quiet", "open"];

/** An option of a modality that is not installed says more than that it is unknown. */
export function checkInstalled(args: readonly string[], modalities: readonly AnyModality[]): void {
  const installed = modalities.map(({ name }) => name);
  for (const arg of args.slice(0, args.includes("--") ? args.indexOf("--") : args.length)) {
    const [, option, name = ""] = /^(--(?:negative-)?([^=]+))/.exec(arg) ?? [];
    const missing = missingText(name, installed);
    if (missing !== undefined) throw new UsageError(`Cannot use ${option}: ${missing}`);
  }
}

/** What a recipe says cannot be said again; files that its prompts need may be given. */
export function checkReplay(
  values: ParsedArguments["values"],
  positionals: readonly string[],
  prompting: ReturnType<typeof promptOptions>,
): void {
  const isFile = (name: string) => {
    const given = prompting.get(name);
    return given !== undefined && !isWords(given.modality);
  };
  const other = positionals[0] ??
    Object.keys(values).filter((name) => !BESIDE_REPLAY.includes(name) && !isFile(name))
      .map((name) => `--${name}`)[0];
  if (other !== undefined) {
    throw new UsageError(
      `Cannot use "${other}" with --replay: the recipe says what to generate, and how`,
    );
  }
}

/** Standard input can be read once, and standard output takes one thing. */
export function checkStreams(plan: GenerationPlan): void {
  const { out, json, open, to, count, replay } = plan;
  const reading = givenValues(plan).filter((value) => value === STANDARD_STREAM).length;
  if (reading > 1 || reading === 1 && replay === STANDARD_STREAM) {
    throw new UsageError('Cannot read standard input twice: give "-" once');
  }
  if (out !== STANDARD_STREAM) return;
  const reason = json
    ? "--json writes there, too"
    : open
    ? "--open takes a file"
    : to.length > 1 || count > 1
    ? "it takes one output of one sample"
    : undefined;
  if (reason !== undefined) {
    throw new UsageError(`Cannot use --out "-" for standard output: ${reason}`);
  }
}

/**
 * What is read is not to be written over.
 *
 * @param plan What is read, and where results go.
 * @param samples The numbers of the samples that are written.
 * @param modalities The installed modalities.
 * @throws {UsageError} If a result would take the place of a file that the run was given.
 */
export async function checkOverwriting(
  plan: GenerationPlan,
  samples: readonly number[],
  modalities: readonly AnyModality[],
): Promise<void> {
  if (plan.out === STANDARD_STREAM) return;
  const given = [...givenValues(plan), ...plan.replay === undefined ? [] : [plan.replay]];
  const read = new Set(await Promise.all(given.map(realPath)));
  const names = plan.to.map((name) => findModality(modalities, name)).flatMap((modality) =>
    samples.map((number) => fileNameOf(modality, number, plan))
  );
  for (const name of [...names, RUN_FILE]) {
    const path = join(plan.out, name);
    if (read.has(await realPath(path))) {
      throw new UsageError(
        `Cannot write "${path}": this run reads it, and it would be lost; name another folder with --out`,
      );
    }
  }
}

/** The words, files and streams that a run is given. */
function givenValues({ prompts, follow, keep }: GenerationPlan): string[] {
  return [
    ...prompts.map(({ value }) => value),
    ...Object.values(follow),
    ...Object.values(keep).flatMap((kept) => "mask" in kept ? [kept.value, kept.mask] : kept.value),
  ];
}

/** Where a path leads, through links; what is no file stays as it is. */
async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return resolve(path);
  }
}
