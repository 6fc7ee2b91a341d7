import type { AnyModality } from "@codi/core/modality";
import { openDevice } from "@codi/core/runtime";
import {
  type Dataset,
  type Objective,
  type ObjectiveResult,
  type PartPath,
  runObjective,
  type RunObjectiveOptions,
} from "@codi/core/training";
import { openFolder, reportText } from "@codi/folder";
import { writeFileAtomic } from "@codi/core/weights";
import { dirname } from "@std/path";
import type { CommandContext } from "../command.ts";
import { installedPath } from "../installed_path.ts";
import { messageOf } from "../message.ts";
import { openRunPlot } from "./_run_plot.ts";
import { eventLine } from "./event_line.ts";
import { listText } from "./list_text.ts";
import { objectiveStatus, type StatusPlaces } from "./objective_status.ts";
import { planTraining, type TrainingPlan } from "./plan.ts";
import { fitWeights, readParts, type Weights } from "./starting_weights.ts";

/** What can be trained, and on what. */
export interface Trainable {
  /** The installed modalities. */
  readonly modalities: readonly AnyModality[];
  /** Every objective, in an order that trains what others freeze first. */
  readonly objectives: readonly Objective[];
  /** Opens the data set. */
  readonly openDataset: () => Promise<Dataset>;
}

/**
 * The command `train`: trains one objective, or all in order, and leaves weights, log and plot in the
 * run's folder.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param trainable What can be trained.
 * @returns When the weights are written, whether all steps were taken or not.
 * @throws {UsageError} If the arguments are wrong.
 * @throws {DOMException} If the run was interrupted; it can be resumed.
 */
export async function train(
  args: readonly string[],
  context: CommandContext,
  trainable: Trainable,
): Promise<void> {
  const { modalities, objectives } = trainable;
  const plan = planTraining(args, objectives);
  const places: StatusPlaces = {
    objectives,
    directoryOf: plan.directoryOf,
    // What was trained on other files does not count.
    installed: plan.data === undefined ? (part) => installedPath(modalities, part) : undefined,
    stepsOf: ({ options }) => plan.steps ?? options.steps,
  };
  if (plan.list) {
    context.print(await listText(objectives, places, plan.json));
    return;
  }
  const session = plan.threads === undefined ? {} : { threads: plan.threads };
  await using device = openDevice(session);
  const datasets = plan.data === undefined
    ? undefined
    : await openOwn(plan.data, plan.objectives, context, modalities);
  const embedded = datasets === undefined ? await trainable.openDataset() : undefined;
  const trained = new Map<PartPath, string>();
  const locate = (part: PartPath) => trained.get(part) ?? installedPath(modalities, part);
  for (const objective of plan.objectives) {
    context.signal.throwIfAborted();
    const dataset = datasets?.get(objective) ?? embedded;
    if (dataset === undefined) continue;
    const status = plan.all ? await objectiveStatus(objective, places, dataset.name) : undefined;
    if (status?.done && !plan.again) {
      context.report(`Left out "${objective.name}": it is done; --again trains it anyway\n`);
      for (const [part, path] of Object.entries(status.files ?? {})) {
        trained.set(part as PartPath, path);
      }
      continue;
    }
    const directory = plan.directoryOf(objective);
    const plot = openRunPlot(directory, objective.name, context);
    const result = await runFrom(objective, plan, {
      dataset,
      directory,
      device,
      session,
      locate,
      now: context.now,
      metadata: { space: modalities[0]!.space },
      resume: plan.resume || status?.paused === true && !plan.again,
      seed: plan.seed,
      signal: context.signal,
      ...(plan.steps === undefined ? {} : { steps: plan.steps }),
      ...(plan.minutes === undefined ? {} : { minutes: plan.minutes }),
      onEvent: (event) => {
        context.report(`${eventLine(event)}\n`);
        plot.update();
      },
      onProgress: (message) => context.report(`${message}\n`),
    }, context.report);
    await plot.finish();
    const stopped = !result.finished && context.signal.aborted;
    for (const path of await place(result, plan.install && !stopped ? modalities : [])) {
      context.print(`${path}\n`);
    }
    for (const [part, path] of Object.entries(result.files)) trained.set(part as PartPath, path);
    context.report(
      result.finished
        ? "Finished\n"
        : `Paused after step ${result.step}: go on with --resume${
          plan.install && stopped ? "; nothing was installed" : ""
        }\n`,
    );
  }
  context.signal.throwIfAborted();
}

/**
 * Opens a user's folder for some objectives: for each the samples that have all it declared. Of
 * several objectives, those without such samples are left out.
 */
async function openOwn(
  folder: string,
  objectives: readonly Objective[],
  { report, signal }: CommandContext,
  modalities: readonly AnyModality[],
): Promise<ReadonlyMap<Objective, Dataset>> {
  const opened = await openFolder(folder, modalities, {
    signal,
    onProgress: (read, total) => {
      if (read % 1000 === 0) report(`reading ${read} of ${total} files\n`);
    },
  });
  report(reportText(opened.report));
  const datasets = new Map<Objective, Dataset>();
  let refused: unknown;
  for (const objective of objectives) {
    try {
      datasets.set(objective, opened.dataset.for([...new Set(objective.pairs.flat())]));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refused ??= error;
      if (objectives.length > 1) report(`Left out "${objective.name}": ${messageOf(error)}\n`);
    }
  }
  if (datasets.size === 0) throw refused;
  return datasets;
}

/** Runs an objective, from given weights if the plan says so. */
async function runFrom(
  objective: Objective,
  { from, seed }: TrainingPlan,
  options: RunObjectiveOptions & { weights?: Weights },
  report: (text: string) => void,
): Promise<ObjectiveResult> {
  if (from === undefined) return await runObjective(objective, options);
  const parts = await readParts(from, objective, options.locate);
  return await runObjective({
    ...objective,
    prepare: async (context) => {
      const prepared = await objective.prepare(context);
      // The names a task trains are known only now; the options are read after this.
      const { weights, drawn } = fitWeights(prepared, parts, seed);
      options.weights = weights;
      if (drawn.length > 0) report(`Drawn anew, as no file has them: ${drawn.join(", ")}\n`);
      return prepared;
    },
  }, options);
}

/** Puts the trained files where the plugins look for them, if modalities are given. */
async function place(
  { files }: ObjectiveResult,
  modalities: readonly AnyModality[],
): Promise<string[]> {
  if (modalities.length === 0) return Object.values(files);
  return await Promise.all(
    Object.entries(files).map(async ([part, path]) => {
      const target = installedPath(modalities, part);
      await Deno.mkdir(dirname(target), { recursive: true });
      await writeFileAtomic(target, await Deno.readFile(path));
      return target;
    }),
  );
}
