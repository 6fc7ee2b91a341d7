import { MIXING_RULES, type MixingRule, USUAL_MIXING } from "@codi/core/conditioning";
import { type SamplerName, samplers } from "@codi/core/diffusion";
import { MOST_CANDIDATES } from "@codi/core/generation";
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
import { PARTS } from "./all_parts.ts";
import type { Part, Scale } from "./part.ts";
import { PROMPT_ROWS } from "./prompt_rows.ts";
import type { Settings } from "./trial.ts";

/** The names of all that can be measured, in the order of the report. */
export const EVAL_PARTS: readonly string[] = PARTS.map(({ name }) => name);

/** What an evaluation was asked to do, checked. */
export interface EvalPlan {
  /** What to measure, in the order of the report. */
  readonly parts: readonly Part[];
  /** Whether they were named one by one. */
  readonly named: boolean;
  /** How much is measured. */
  readonly scale: Scale;
  /** How samples are generated unless a part says otherwise. */
  readonly settings: Settings;
  /** The combinations of the part `prompts`; all if undefined. */
  readonly only: readonly string[] | undefined;
  /** Threads per operator; undefined for the runtime's choice. */
  readonly threads: number | undefined;
  /** The folder of what was measured, and of the report. */
  readonly run: string;
  /** The minutes after which nothing is begun any more. */
  readonly minutes: number | undefined;
  /** Whether only to tell how long it takes. */
  readonly estimate: boolean;
  /** The folder that takes the report, too, beside what it holds of other parts; none if undefined. */
  readonly publish: string | undefined;
  /** Whether to print JSON instead of tables. */
  readonly json: boolean;
}

const FLAG = z.literal(true).optional();
const FOLDER = z.string().min(1, { error: "it is a folder" });

const SCHEMA = z.object({
  count: whole(1, 4096).optional(),
  share: decimal(0.01, 1).default(1),
  sampler: oneOf(Object.keys(samplers)).default("dpm++"),
  steps: whole(1, 1000).optional(),
  guidance: decimal(0, 50).optional(),
  candidates: whole(1, MOST_CANDIDATES).optional(),
  mixing: oneOf(MIXING_RULES).optional(),
  only: z.string().transform((names) => names.split(",").map((name) => name.trim()))
    .pipe(z.array(oneOf(PROMPT_ROWS.map(({ name }) => name)))).optional(),
  threads: whole(1, 256).optional(),
  run: FOLDER.default("runs/eval"),
  publish: FOLDER.optional(),
  minutes: decimal(0, 100_000).optional(),
  quick: FLAG,
  estimate: FLAG,
  json: FLAG,
});

const FLAGS = ["quick", "estimate", "json"];
const OPTIONS: Readonly<Record<string, OptionSpec>> = Object.fromEntries(
  Object.keys(SCHEMA.shape).map((name): [string, OptionSpec] => [name, {
    type: FLAGS.includes(name) ? "boolean" : "string",
  }]),
);

/** The number of seeds of headline figures. */
const SEEDS = 3;

/**
 * Reads the arguments of `eval`.
 *
 * @param args The arguments.
 * @returns What to do.
 * @throws {UsageError} If an argument is wrong.
 */
export function planEvaluation(args: readonly string[]): EvalPlan {
  const { values, positionals } = parseArguments(args, OPTIONS);
  const unknown = positionals.find((name) => !EVAL_PARTS.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`Cannot measure "${unknown}": it is ${alternatives(EVAL_PARTS)}`);
  }
  const checked = checkValues(SCHEMA, values);
  const { only, count, sampler, guidance, candidates, mixing, threads, run, publish, minutes } =
    checked;
  const parts = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (only !== undefined && parts.some(({ name }) => name !== "prompts")) {
    throw new UsageError(
      `Cannot use --only "${only}" here: it chooses among the rows of prompts, so measure that alone`,
    );
  }
  if (publish !== undefined && only !== undefined) {
    throw new UsageError(
      `Cannot use --publish "${publish}" with --only: rows that are left out would be lost in the report; --share makes it smaller`,
    );
  }
  const quick = checked.quick ?? false;
  return {
    parts,
    named: positionals.length > 0,
    scale: {
      quick,
      seeds: quick ? 1 : SEEDS,
      count,
      share: checked.share,
      of: (full, few) => quick ? few : full,
    },
    settings: {
      sampler: sampler as SamplerName,
      steps: checked.steps ?? (quick ? 8 : 25),
      guidance,
      candidates,
      mixing: mixing as MixingRule | undefined,
    },
    // With the real samples that stand beside them.
    only: only?.flatMap((name) => [name, `real>${name.split(">")[1]}`]),
    threads,
    run,
    minutes,
    estimate: checked.estimate ?? false,
    publish,
    json: checked.json ?? false,
  };
}

/** How `eval` is called. */
export const EVAL_HELP = `Usage: deno task eval [PART…] [OPTION…]

Measures the trained models on scenes that were held out. Every measured piece is kept in the run
folder and used again while options and weights are the same, so an evaluation that was stopped goes
on where it was. The report is written there, too: evaluation.json, evaluation.md, gallery.md, and
page.html with pictures, sounds and clips.

Parts, all if none is named:
${PARTS.map(({ name, title }) => `  ${name.padEnd(12)}  ${title}`).join("\n")}

Options:
  --quick            a first impression in about ten minutes: few samples, one seed, fewer steps, and
                     nothing that trains
  --minutes NUMBER   begin nothing any more after so many minutes; one seed of everything comes first
  --estimate         tell how long it takes, and measure nothing
  --run FOLDER       what was measured, and the report (default: runs/eval)
  --publish FOLDER   write the report there as well, for example to docs; parts that are not measured
                     stay as they are there, if they were measured with the same weights and settings
  --share NUMBER     of all samples that are generated, so many, from 0.01 to 1, at least 16 of each
                     row and seed; a larger share later goes on from a smaller one (default: 1)
  --count NUMBER     samples of each seed and row of prompts and score (default: 96 or 32, quick: 2 to 8)
  --only A>B[,C>D…]  of prompts: these rows alone, for example text>image,text+audio>image
  --steps NUMBER     sampling steps (default: 25, quick: 8)
  --guidance NUMBER  how closely to follow the prompts (default: each network's own)
  --candidates N     beginnings that are tried of each sample (default: 1; in prompts, joint,
                     distribution, score and gallery as many as \`generate\` tries)
  --sampler NAME     ${alternatives(Object.keys(samplers))} (default: dpm++)
  --mixing NAME      ${alternatives(MIXING_RULES)}: how several prompts count together
                     (default: ${USUAL_MIXING})
  --threads NUMBER   threads to compute with (default: one for each core)
  --json             print evaluation.json instead of tables

Examples:
  deno task eval --quick
  deno task eval --share 0.2
  deno task eval matrix joint --minutes 90
  deno task eval prompts --only "text>audio" --count 64 --guidance 4
  deno task eval --publish docs
`;
