import type { MixingRule } from "@codi/core/conditioning";
import type { SamplerName } from "@codi/core/diffusion";
import type { AnyModality } from "@codi/core/modality";
import { UsageError } from "../command.ts";
import { type Argument, checkValues, parseArguments } from "../command_line.ts";
import { checkInstalled, checkReplay, checkStreams } from "./_checks.ts";
import { followOf, keptOf } from "./_beside.ts";
import { decodingOf, formatsOf, outputNames, usualOutput } from "./_output_options.ts";
import { CANDIDATES, numbersOf } from "./_numbers.ts";
import type { GenerationPlan, PromptSource } from "./generation_plan.ts";
import { isWords, OPTIONS, outputsOf, promptOptions, SCHEMA } from "./options.ts";

/**
 * Reads the arguments of `generate`.
 *
 * @param args The arguments.
 * @param modalities The installed modalities; each brings options for its prompts.
 * @returns What to do.
 * @throws {UsageError} If an argument is wrong.
 */
export function planGeneration(
  args: readonly string[],
  modalities: readonly AnyModality[],
): GenerationPlan {
  const prompting = promptOptions(modalities);
  checkInstalled(args, modalities);
  const { values, positionals, ordered } = parseArguments(args, {
    ...Object.fromEntries(
      [...prompting.keys()].map((name) => [name, { type: "string", multiple: true } as const]),
    ),
    ...OPTIONS,
  });
  const checked = checkValues(
    SCHEMA,
    Object.fromEntries(Object.entries(values).filter(([name]) => name in OPTIONS)),
  );
  const { out, sampler, json, quiet, open, replay } = checked;
  if (replay !== undefined) checkReplay(values, positionals, prompting);
  const scattered = positionals.length > 1 && positionals.every((word) => !/\s/.test(word));
  const prompts = promptsOf(ordered, modalities, prompting);
  const followed = checked.follow.map((pair) => pair.split("=")[0]!);
  const kept = checked.keep.map((pair) => pair.split("=")[0]!)
    .filter((name) => outputsOf(modalities).includes(name));
  const to = replay === undefined
    ? outputNames(
      (values["to"] as string[] | undefined) ??
        (kept.length > 0
          ? kept
          : usualOutput(modalities, prompts.map(({ modality }) => modality), followed)),
      outputsOf(modalities),
      modalities.map(({ name }) => name),
    )
    : [];
  const plan: GenerationPlan = {
    prompts,
    to,
    formats: formatsOf(checked.format, to, modalities),
    decoding: decodingOf(checked.set, to, modalities),
    out: out ?? (replay === undefined ? "out" : "replay"),
    seed: checked.seed,
    steps: checked.steps,
    sampler: sampler as SamplerName,
    guidance: numbersOf("guidance", checked.guidance, to, modalities),
    candidates: numbersOf("candidates", checked.candidates, to, modalities, CANDIDATES),
    mixing: checked.mixing as MixingRule,
    follow: followOf(checked.follow, to, modalities),
    keep: keptOf(checked.keep, to, modalities),
    environment: numbersOf("environment", checked.environment, to, modalities),
    count: checked.count,
    threads: checked.threads,
    json: json ?? false,
    quiet: quiet ?? false,
    open: open ?? false,
    replay,
    hints: scattered
      ? [
        `The ${positionals.length} words are ${positionals.length} prompts, mixed: put a sentence in quotes to make it one`,
      ]
      : [],
  };
  const given = prompts.length + checked.follow.length + checked.keep.length;
  if (replay === undefined && given === 0 && values["to"] === undefined) {
    throw new UsageError(
      "Cannot generate without a prompt: say what to generate, in quotes, or name outputs with --to",
    );
  }
  checkStreams(plan);
  return plan;
}

function promptsOf(
  ordered: readonly Argument[],
  modalities: readonly AnyModality[],
  prompting: ReturnType<typeof promptOptions>,
): PromptSource[] {
  const bridge = modalities.find((modality) => modality.bridge) ?? modalities[0]!;
  const prompts: PromptSource[] = [];
  let weighted = false;
  for (const argument of ordered) {
    const given = argument.kind === "positional"
      ? { modality: bridge, negative: false }
      : prompting.get(argument.name);
    if (given !== undefined) {
      if (argument.value.trim() === "") throw new UsageError(emptyPrompt(given.modality));
      prompts.push({ ...given, value: argument.value, weight: 1 });
      weighted = false;
    } else if (argument.kind === "option" && argument.name === "weight") {
      const last = prompts.pop();
      if (last === undefined || weighted) {
        throw new UsageError(
          `Cannot use --weight "${argument.value}": it stands right after the prompt it is for`,
        );
      }
      prompts.push({ ...last, weight: Number(argument.value) });
      weighted = true;
    }
  }
  return prompts;
}

function emptyPrompt(modality: AnyModality): string {
  return isWords(modality)
    ? 'Cannot generate from the empty prompt "": say what to generate'
    : `Cannot use --${modality.name} "": it is a file`;
}
