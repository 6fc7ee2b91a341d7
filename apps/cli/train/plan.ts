import type { Objective } from "@codi/core/training";
import { z } from "zod";
import { UsageError } from "../command.ts";
import { checkValues, decimal, type OptionSpec, parseArguments, whole } from "../command_line.ts";

/** What a training was asked to do, checked. */
export interface TrainingPlan {
  /** Whether only to list the objectives. */
  readonly list: boolean;
  /** Whether to list them as JSON. */
  readonly json: boolean;
  /** Whether every objective there is was asked for. */
  readonly all: boolean;
  /** Whether to train what is trained already, too. */
  readonly again: boolean;
  /** The objectives to train, in order. */
  readonly objectives: readonly Objective[];
  /** The folder of a run. */
  readonly directoryOf: (objective: Objective) => string;
  /** The run pauses after so many minutes. */
  readonly minutes: number | undefined;
  /** The number of steps of the whole run; each objective's own if undefined. */
  readonly steps: number | undefined;
  /** Seeds first weights and batches. */
  readonly seed: number;
  /** Threads per operator; undefined for the runtime's choice. */
  readonly threads: number | undefined;
  /** Whether to go on from the folder's checkpoint. */
  readonly resume: boolean;
  /** A file or folder of weights to start from, or `installed`. */
  readonly from: string | undefined;
  /** A folder of the user's own files to train on; the embedded data set if undefined. */
  readonly data: string | undefined;
  /** Whether to put the trained weights where the plugins look for them. */
  readonly install: boolean;
}

const FLAG = z.literal(true).optional();

const SCHEMA = z.object({
  minutes: decimal(0, 100_000).optional(),
  steps: whole(1, 100_000_000).optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  threads: whole(1, 256).optional(),
  dir: z.string().min(1, { error: "it is a folder" }).optional(),
  from: z.string().min(1, { error: 'it is a file, a folder, or "installed"' }).optional(),
  data: z.string().min(1, { error: "it is a folder" }).optional(),
  list: FLAG,
  json: FLAG,
  again: FLAG,
  resume: FLAG,
  install: FLAG,
});

/** Options of `train`. */
export const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  minutes: { type: "string" },
  steps: { type: "string" },
  seed: { type: "string" },
  threads: { type: "string" },
  dir: { type: "string" },
  from: { type: "string" },
  data: { type: "string" },
  list: { type: "boolean" },
  json: { type: "boolean" },
  again: { type: "boolean" },
  resume: { type: "boolean" },
  install: { type: "boolean" },
};

/** The folder name of an objective's run. */
function slug(name: string): string {
  return name.replaceAll(/[^a-z0-9]+/gi, "-");
}

/**
 * Reads the arguments of `train`.
 *
 * @param args The arguments.
 * @param objectives The objectives there are.
 * @returns What to do.
 * @throws {UsageError} If an argument is wrong.
 */
export function planTraining(
  args: readonly string[],
  objectives: readonly Objective[],
): TrainingPlan {
  const { values, positionals } = parseArguments(args, OPTIONS);
  const checked = checkValues(SCHEMA, values);
  const { minutes, steps, seed, threads, dir, from, data } = checked;
  const list = checked.list ?? false;
  const name = positionals.join(" ");
  const all = name === "all";
  const chosen = objectives.filter((objective) => all || objective.name === name);
  if (chosen.length === 0 && !list) {
    const known = objectives.map((objective) => `"${objective.name}"`).join(", ");
    throw new UsageError(
      `Cannot train "${name}": objectives are ${known}, or "all" for one after the other`,
    );
  }
  if (all && from !== undefined) {
    throw new UsageError(`Cannot use --from "${from}" with all: train one objective at a time`);
  }
  if (checked.again && !all) {
    throw new UsageError("Cannot use --again without all: one objective is always trained");
  }
  if (checked.json && !list) throw new UsageError("Cannot use --json without --list");
  return {
    list,
    json: checked.json ?? false,
    all,
    again: checked.again ?? false,
    objectives: chosen,
    directoryOf: (objective) =>
      dir === undefined
        ? `runs/${slug(objective.name)}`
        : all || list
        ? `${dir}/${slug(objective.name)}`
        : dir,
    minutes,
    steps,
    seed,
    threads,
    resume: checked.resume ?? false,
    from,
    data,
    install: checked.install ?? false,
  };
}

/** How `train` is called. */
export const TRAIN_HELP = `Usage: deno task train OBJECTIVE [OPTION…]
       deno task train all [OPTION…]

Trains the networks of one objective, or of all in order: "all" leaves out what is done and goes on
with what was paused. Checkpoint, log, plot and weights are kept in the run's folder. Ctrl-C pauses a
run; --resume goes on, exactly.

Options:
  --list            list the objectives: what they train, freeze and see, how long they take, and
                    whether they are done; with --json for programs
  --again           with all: train what is done, too
  --minutes NUMBER  pause after so many minutes
  --steps NUMBER    steps of the whole run (default: the objective's own, see --list)
  --dir FOLDER      the run's folder (default: runs/OBJECTIVE); with all, the folder of the runs
  --data FOLDER     train on your own files: "cat.png" with "cat.txt" and so on, or a
                    metadata.csv; with all, what the folder has no samples for is left out
  --resume          go on from the folder's checkpoint, if there is one
  --from WEIGHTS    start from weights alone: a file, a run's folder, or installed; a checkpoint
                    that --resume finds comes first
  --install         put the weights where the plugins look for them, once the run is finished or its
                    minutes are over
  --seed NUMBER     seeds first weights and batches (default: 0)
  --threads NUMBER  threads to compute with (default: one for each core)

Examples:
  deno task train --list
  deno task train autoencode image --minutes 60 --install
  deno task train denoise image --dir runs/mine --resume
  deno task train denoise image --from installed --steps 5000 --dir runs/longer
  deno task train autoencode image --data pictures --from installed --dir runs/mine
`;
