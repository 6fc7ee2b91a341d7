import { type SamplerName, samplers } from "@codi/core/diffusion";
import type { AnyModality } from "@codi/core/modality";
import { z } from "zod";
import { UsageError } from "../command.ts";
import {
  type Argument,
  checkValues,
  decimal,
  oneOf,
  type OptionSpec,
  parseArguments,
  type ParsedArguments,
  whole,
} from "../command_line.ts";
import { missingText } from "../plugins/missing_text.ts";
import { decodingOf, formatsOf, outputNames } from "./_output_options.ts";
import { STANDARD_STREAM } from "./streams.ts";

/** A prompt as it was given: words, or the name of a file. */
export interface PromptSource {
  /** What it is a sample of. */
  readonly modality: AnyModality;
  /** The words, or the file's path. */
  readonly value: string;
  /** Its share beside other prompts. */
  readonly weight: number;
  /** Whether to steer away from it. */
  readonly negative: boolean;
}

/** What a generation was asked to do, checked. */
export interface GenerationPlan {
  /** The prompts, in the order given. */
  readonly prompts: readonly PromptSource[];
  /** The modalities to generate. */
  readonly to: readonly string[];
  /** The folder of the results, or {@linkcode STANDARD_STREAM}. */
  readonly out: string;
  /** Keys all noise; undefined if it is to be drawn. */
  readonly seed: number | undefined;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The sampler. */
  readonly sampler: SamplerName;
  /** The guidance scale, or that of each output; each modality's own if undefined. */
  readonly guidance: number | Readonly<Record<string, number>> | undefined;
  /** The format of an output's files; its codec's usual one if left out. */
  readonly formats: Readonly<Record<string, string>>;
  /** How latents become samples: settings of each output. */
  readonly decoding: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** How many samples. */
  readonly count: number;
  /** Threads per operator; undefined for one for each core. */
  readonly threads: number | undefined;
  /** Whether to print the run as JSON instead of paths. */
  readonly json: boolean;
  /** Whether to report errors only. */
  readonly quiet: boolean;
  /** Whether to show the files in the system's viewer. */
  readonly open: boolean;
  /** A file with the recipe of an earlier run, to be followed instead of all this. */
  readonly replay: string | undefined;
  /** What may have been meant otherwise. */
  readonly hints: readonly string[];
}

const FLAG = z.literal(true).optional();

const SCHEMA = z.object({
  out: z.string().min(1, { error: "it is a folder" }).optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  steps: whole(1, 1000).default(25),
  sampler: oneOf(Object.keys(samplers)).default("dpm++"),
  guidance: decimal(0, 50).optional(),
  count: whole(1, 1000).default(1),
  threads: whole(1, 256).optional(),
  weight: z.array(decimal(0.001, 1000)).optional(),
  format: z.array(z.string()).default([]),
  set: z.array(z.string()).default([]),
  json: FLAG,
  quiet: FLAG,
  open: FLAG,
  replay: z.string().min(1, { error: "it is a file" }).optional(),
});

/** Options of `generate` beside those that give prompts. */
export const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  weight: { type: "string", multiple: true },
  to: { type: "string", multiple: true },
  format: { type: "string", multiple: true },
  set: { type: "string", multiple: true },
  out: { type: "string" },
  count: { type: "string" },
  seed: { type: "string" },
  steps: { type: "string" },
  guidance: { type: "string" },
  sampler: { type: "string" },
  threads: { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
  open: { type: "boolean" },
  replay: { type: "string" },
};

/** Options that go with `--replay`, besides those that give files. */
const BESIDE_REPLAY = ["replay", "out", "threads", "json", "quiet", "open"];

/** Whether prompts of a modality are words on the command line instead of files. */
export function isWords(modality: AnyModality): boolean {
  return modality.codec.reads.includes("text/plain");
}

/** The modalities that can be generated. */
export function outputsOf(modalities: readonly AnyModality[]): string[] {
  return modalities.filter(({ diffusion, autoencoder }) => diffusion && autoencoder)
    .map(({ name }) => name);
}

/**
 * The options that give prompts.
 *
 * @param modalities The installed modalities.
 * @returns What each option gives, by its name.
 */
export function promptOptions(
  modalities: readonly AnyModality[],
): Map<string, { modality: AnyModality; negative: boolean }> {
  const options = new Map<string, { modality: AnyModality; negative: boolean }>();
  for (const modality of modalities) options.set(modality.name, { modality, negative: false });
  for (const modality of modalities) {
    const name = modality.bridge ? "negative" : `negative-${modality.name}`;
    options.set(name, { modality, negative: true });
  }
  return options;
}

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
  const to = replay === undefined
    ? outputNames(
      values["to"] as string[] | undefined,
      outputsOf(modalities),
      prompts.map(({ modality }) => modality.name),
      modalities.map(({ name }) => name),
    )
    : [];
  const plan: GenerationPlan = {
    prompts,
    to,
    formats: formatsOf(checked.format, to, modalities),
    decoding: decodingOf(checked.set, to),
    out: out ?? (replay === undefined ? "out" : "replay"),
    seed: checked.seed,
    steps: checked.steps,
    sampler: sampler as SamplerName,
    guidance: checked.guidance,
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
  if (replay === undefined && plan.prompts.length === 0) {
    throw new UsageError("Cannot generate without a prompt: say what to generate, in quotes");
  }
  checkStreams(plan);
  return plan;
}

/** An option of a modality that is not installed says more than that it is unknown. */
function checkInstalled(args: readonly string[], modalities: readonly AnyModality[]): void {
  const installed = modalities.map(({ name }) => name);
  for (const arg of args.slice(0, args.includes("--") ? args.indexOf("--") : args.length)) {
    const [, option, name = ""] = /^(--(?:negative-)?([^=]+))/.exec(arg) ?? [];
    const missing = missingText(name, installed);
    if (missing !== undefined) throw new UsageError(`Cannot use ${option}: ${missing}`);
  }
}

/** What a recipe says cannot be said again; files that its prompts need may be given. */
function checkReplay(
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
function checkStreams({ prompts, out, json, open, to, count, replay }: GenerationPlan): void {
  const reading = prompts.filter(({ value }) => value === STANDARD_STREAM).length;
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
