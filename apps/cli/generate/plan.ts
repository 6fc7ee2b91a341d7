import { type SamplerName, samplers } from "@codi/core/diffusion";
import { type AnyModality, findModality } from "@codi/core/modality";
import { z } from "zod";
import { UsageError } from "../command.ts";
import {
  alternatives,
  type Argument,
  checkValues,
  decimal,
  oneOf,
  type OptionSpec,
  parseArguments,
  whole,
} from "../command_line.ts";

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
  /** The folder of the results. */
  readonly out: string;
  /** Keys all noise; undefined if it is to be drawn. */
  readonly seed: number | undefined;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The sampler. */
  readonly sampler: SamplerName;
  /** The guidance scale; each modality's own if undefined. */
  readonly guidance: number | undefined;
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
  /** What may have been meant otherwise. */
  readonly hints: readonly string[];
}

const FLAG = z.literal(true).optional();

const SCHEMA = z.object({
  out: z.string().min(1, { error: "it is a folder" }).default("out"),
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
});

const OPTIONS: Readonly<Record<string, OptionSpec>> = {
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
};

/** Whether prompts of a modality are words on the command line instead of files. */
export function isWords(modality: AnyModality): boolean {
  return modality.codec.reads.includes("text/plain");
}

/** The modalities that can be generated. */
export function outputsOf(modalities: readonly AnyModality[]): string[] {
  return modalities.filter(({ diffusion, autoencoder }) => diffusion && autoencoder)
    .map(({ name }) => name);
}

/** The options that give prompts, with what they give. */
function promptOptions(
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
  const { out, seed, steps, sampler, guidance, count, threads, json, quiet } = checked;
  const scattered = positionals.length > 1 && positionals.every((word) => !/\s/.test(word));
  const to = outputNames(values["to"] as string[] | undefined, outputsOf(modalities));
  return {
    prompts: promptsOf(ordered, modalities, prompting),
    to,
    formats: formatsOf(checked.format, to, modalities),
    decoding: decodingOf(checked.set, to),
    out,
    seed,
    steps,
    sampler: sampler as SamplerName,
    guidance,
    count,
    threads,
    json: json ?? false,
    quiet: quiet ?? false,
    hints: scattered
      ? [
        `The ${positionals.length} words are ${positionals.length} prompts, mixed: put a sentence in quotes to make it one`,
      ]
      : [],
  };
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
  if (prompts.length === 0) {
    throw new UsageError("Cannot generate without a prompt: say what to generate, in quotes");
  }
  return prompts;
}

function emptyPrompt(modality: AnyModality): string {
  return isWords(modality)
    ? 'Cannot generate from the empty prompt "": say what to generate'
    : `Cannot use --${modality.name} "": it is a file`;
}

function outputNames(given: readonly string[] | undefined, known: readonly string[]): string[] {
  const names = (given ?? known.slice(0, 1)).flatMap((list) => list.split(","))
    .map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name)) {
      throw new UsageError(`Cannot generate "${name}": --to takes ${alternatives(known)}`);
    }
  }
  return [...new Set(names)];
}

/** The formats of `--format NAME=FORMAT`. */
function formatsOf(
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
): GenerationPlan["formats"] {
  return Object.fromEntries(given.map((pair) => {
    const [name, format] = assignment("format", pair, to);
    const known = Object.keys(findModality(modalities, name).codec.formats ?? {});
    if (!known.includes(format)) {
      throw new UsageError(
        `Cannot use --format "${pair}": ${name} is written as ${
          alternatives(known) || "one format only"
        }`,
      );
    }
    return [name, format];
  }));
}

/** The settings of `--set NAME.SETTING=VALUE`; the modality checks them when it decodes. */
function decodingOf(given: readonly string[], to: readonly string[]): GenerationPlan["decoding"] {
  const decoding: Record<string, Record<string, string | number>> = {};
  for (const pair of given) {
    const [, name, setting, value] = /^([^.=]+)\.([^=]+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined || !to.includes(name)) {
      throw new UsageError(
        `Cannot use --set "${pair}": it takes an output's name, a setting and a value, as in ${
          to[0]
        }.temperature=0.7`,
      );
    }
    const number = Number(value);
    decoding[name] = {
      ...decoding[name],
      [setting!]: Number.isNaN(number) ? value! : number,
    };
  }
  return decoding;
}

function assignment(option: string, pair: string, to: readonly string[]): [string, string] {
  const [name, value] = pair.split("=", 2);
  if (value === undefined || !to.includes(name!)) {
    throw new UsageError(
      `Cannot use --${option} "${pair}": it takes an output's name and a value, as in ${
        to[0]
      }=VALUE`,
    );
  }
  return [name!, value];
}
