import { type SamplerName, samplers } from "@codi/core/diffusion";
import type { MixingRule } from "@codi/core/conditioning";
import { z } from "zod";
import { UsageError } from "../command.ts";
import {
  alternatives,
  checkValues,
  decimal,
  oneOf,
  type OptionSpec,
  parseArguments,
  whole,
} from "../command_line.ts";
import { PROMPT_ROWS } from "./prompt_rows.ts";

/** What can be measured, in order. */
export const EVAL_PARTS = [
  "autoencoder",
  "gate",
  "retrieval",
  "generation",
  "prompts",
  "cost",
] as const;

/** The name of something that can be measured. */
export type EvalPart = typeof EVAL_PARTS[number];

/** What an evaluation was asked to do, checked. */
export interface EvalPlan {
  /** What to measure, in order. */
  readonly parts: readonly EvalPart[];
  /** Whether to measure on a tenth or so of the samples. */
  readonly quick: boolean;
  /** How many pictures to generate or reconstruct; the default if undefined. */
  readonly count: number | undefined;
  /** Keys the noise of generated pictures. */
  readonly seed: number;
  /** The sampler. */
  readonly sampler: SamplerName;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The guidance scale; the network's own if undefined. */
  readonly guidance: number | undefined;
  /** How several prompts are mixed; the usual rule if undefined. */
  readonly mixing: MixingRule | undefined;
  /** The combinations of prompts and output to measure; all if undefined. */
  readonly only: readonly string[] | undefined;
  /** Threads per operator; undefined for the runtime's choice. */
  readonly threads: number | undefined;
  /** The file that takes the figures as JSON. */
  readonly out: string | undefined;
  /** The file that takes a contact sheet of generated pictures. */
  readonly sheet: string | undefined;
  /** Whether to print JSON instead of a table. */
  readonly json: boolean;
}

const FLAG = z.literal(true).optional();

const SCHEMA = z.object({
  count: whole(1, 100_000).optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  sampler: oneOf(Object.keys(samplers)).default("dpm++"),
  steps: whole(1, 1000).default(25),
  guidance: decimal(0, 50).optional(),
  mixing: oneOf(["sum", "unit"]).optional(),
  only: z.string().transform((names) => names.split(",").map((name) => name.trim()))
    .pipe(z.array(oneOf(PROMPT_ROWS.map(({ name }) => name)))).optional(),
  threads: whole(1, 256).optional(),
  out: z.string().min(1, { error: "it is a file" }).optional(),
  sheet: z.string().min(1, { error: "it is a file" }).optional(),
  quick: FLAG,
  json: FLAG,
});

const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  quick: { type: "boolean" },
  count: { type: "string" },
  seed: { type: "string" },
  sampler: { type: "string" },
  steps: { type: "string" },
  guidance: { type: "string" },
  mixing: { type: "string" },
  only: { type: "string" },
  threads: { type: "string" },
  out: { type: "string" },
  sheet: { type: "string" },
  json: { type: "boolean" },
};

/**
 * Reads the arguments of `eval`.
 *
 * @param args The arguments.
 * @returns What to do.
 * @throws {UsageError} If an argument is wrong.
 */
export function planEvaluation(args: readonly string[]): EvalPlan {
  const { values, positionals } = parseArguments(args, OPTIONS);
  const unknown = positionals.find((name) => !EVAL_PARTS.includes(name as EvalPart));
  if (unknown !== undefined) {
    throw new UsageError(`Cannot measure "${unknown}": it is ${alternatives(EVAL_PARTS)}`);
  }
  const checked = checkValues(SCHEMA, values);
  const { quick, count, seed, sampler, steps, guidance, threads, out, sheet, json } = checked;
  const parts = EVAL_PARTS.filter((name) => positionals.length === 0 || positionals.includes(name));
  if (sheet !== undefined && !parts.includes("generation")) {
    throw new UsageError(`Cannot use --sheet "${sheet}" without measuring generation`);
  }
  return {
    parts,
    quick: quick ?? false,
    count,
    seed,
    sampler: sampler as SamplerName,
    steps,
    guidance,
    mixing: checked.mixing as MixingRule | undefined,
    only: checked.only,
    threads,
    out,
    sheet,
    json: json ?? false,
  };
}

/** How `eval` is called. */
export const EVAL_HELP = `Usage: deno task eval [PART…] [OPTION…]

Measures the trained models on scenes that were held out, and compares with the goals.

Parts, all if none is named:
  autoencoder  error of reconstructed pictures, and whether their thing can still be read
  gate         what linear probes read from text embeddings
  retrieval    captions and pictures finding each other, and the gap between them
  generation   thing and colour of pictures generated from captions, judged by the reader
  prompts      every output from every modality, and from a mix, judged by the readers
  cost         seconds and memory of the README's first command

Options:
  --quick            fewer samples, for a first impression
  --count NUMBER     pictures to reconstruct and to generate (default: 512, quick: 48)
  --seed NUMBER      keys the noise (default: 0)
  --steps NUMBER     sampling steps (default: 25)
  --guidance NUMBER  how closely to follow the captions (default: the network's own)
  --sampler NAME     ${alternatives(Object.keys(samplers))} (default: dpm++)
  --only A>B[,C>D…]  for prompts: these combinations, for example text>image,text+audio>image
  --mixing NAME      how several prompts are mixed: sum or unit (default: unit)
  --threads NUMBER   threads to compute with (default: one for each core)
  --out FILE         write all figures, counts included, as JSON
  --sheet FILE       write a contact sheet of generated pictures, as PNG
  --json             print the figures as JSON instead of a table

Examples:
  deno task eval --quick
  deno task eval generation --count 64 --guidance 4 --sheet sheet.png
  deno task eval --out docs/evaluation.json
`;
