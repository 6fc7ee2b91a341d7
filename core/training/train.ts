import { join } from "@std/path";
import type { Feed } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { fileExists, writeFileAtomic } from "../weights/mod.ts";
import { type Checkpoint, readCheckpoint, toTensors, writeCheckpoint } from "./checkpoint.ts";
import {
  openTrainer,
  type OptimizerOptions,
  type TracedLoss,
  type TracedLosses,
  type TrainerStart,
} from "./trainer.ts";
import type { Scope } from "../nn/mod.ts";

const CHECKPOINT = "checkpoint.safetensors";
const LOG = "log.jsonl";

/** A loss with the batches it is minimised on. */
export interface TrainingTask {
  /** Names the parameters of the traced loss. */
  readonly scope: Scope;
  /** The loss and metrics of one batch; where there are several losses, the first of them. */
  readonly traced: TracedLoss;
  /** Several losses by name, of which every batch is for one. */
  readonly losses?: TracedLosses["losses"];
  /**
   * Which of several losses a batch is for.
   *
   * @param step The step, or the place in `validation`, from 0.
   * @param validating Whether it is a validation batch.
   * @returns The loss's name.
   */
  lossOf?(step: number, validating: boolean): string;
  /** How many samples a batch holds. */
  readonly batchSize: number;
  /** The feeds of a step, from 0; a pure function of the step, so that a resumed run sees the same. */
  batch(step: number): Promise<Readonly<Record<string, Feed>>> | Readonly<Record<string, Feed>>;
  /** Fixed batches that the averaged weights are judged on. */
  readonly validation?: readonly Readonly<Record<string, Feed>>[];
  /** Weights to start from unless the run is told otherwise: all that are trained and no others. */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Weights that stay as they are, by name. */
  readonly frozen?: Readonly<Record<string, Tensor>>;
}

/** A line of the run log. */
export interface TrainingEvent {
  /** The number of the step, from 1. */
  readonly step: number;
  /** The number of steps of the whole run. */
  readonly steps: number;
  /** Mean loss and metrics since the last line. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Mean metrics of the averaged weights on the validation batches, when they were measured. */
  readonly validation?: Readonly<Record<string, number>>;
  /** The norm of the last gradient before clipping. */
  readonly gradientNorm: number;
  /** The learning rate. */
  readonly learningRate: number;
  /** Samples per second since the last line. */
  readonly samplesPerSecond: number;
  /** Seconds of training, earlier phases included. */
  readonly seconds: number;
  /** Estimated seconds until the run, or its time budget, ends. */
  readonly secondsLeft: number;
  /** The memory the process holds; it does not grow with the steps. */
  readonly residentBytes: number;
}

/** Options of a training run. */
export interface TrainOptions extends OptimizerOptions, Omit<TrainerStart, "resume"> {
  /** Where checkpoint and log are kept. */
  readonly directory: string;
  /** Milliseconds since some fixed moment; the caller's clock. */
  readonly now: () => number;
  /** Whether to go on from the directory's checkpoint, if there is one. @default {false} */
  readonly resume?: boolean;
  /**
   * Facts that a run must have in common with the one it goes on from, for example the seed; they are kept
   * with the checkpoint.
   *
   * @default {{}}
   */
  readonly run?: Readonly<Record<string, string>>;
  /** The run pauses after so many minutes, with a checkpoint. */
  readonly minutes?: number;
  /** Steps between lines of the log. @default {50} */
  readonly logEvery?: number;
  /** Steps between validations; the first comes after the first step. @default {500} */
  readonly validateEvery?: number;
  /** Minutes between checkpoints. @default {5} */
  readonly checkpointMinutes?: number;
  /** Told of every line of the log. */
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Told of the averaged weights at every checkpoint; they hold until it returns. */
  readonly onCheckpoint?: (
    weights: Readonly<Record<string, Tensor>>,
    step: number,
  ) => Promise<void> | void;
  /** Pauses the run, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** How a run ended. */
export interface TrainResult {
  /** The averaged weights, by name. */
  readonly weights: Record<string, Tensor>;
  /** How many steps were taken. */
  readonly step: number;
  /** Whether all steps were taken; if not, resume. */
  readonly finished: boolean;
}

/**
 * Trains until the steps are taken, the minutes are over or the signal is given. A checkpoint is
 * written atomically every few minutes and at the end; resuming from it is exact, since batches,
 * learning rate and noise are functions of the step.
 *
 * @param task What is trained.
 * @param options How, for how long, and where it is kept.
 * @returns The averaged weights.
 * @throws {RangeError} If nothing is left to train, a batch is not what the loss takes, or the checkpoint
 * to go on from is of another run.
 * @throws {WeightsMismatchError} If given weights, or those of the checkpoint, are not the scope's.
 * @throws {Error} If a gradient is not finite; the last checkpoint stays.
 *
 * @example A run in two parts
 * ```ts
 * import { input, mse } from "@codi/core/graph";
 * import { linear, Scope } from "@codi/core/nn";
 * import { tensor } from "@codi/core/tensor";
 * import { train } from "@codi/core/training";
 * import { assertEquals } from "@std/assert";
 *
 * const scope = new Scope();
 * const loss = mse(linear(scope, input("x", [1, 2]), 1), input("y", [1, 1]));
 * const batch = () => ({ x: tensor([1, 2]), y: tensor([1, 1], Float32Array.of(1)) });
 * const task = { scope, traced: { loss }, batchSize: 1, batch };
 * const directory = await Deno.makeTempDir();
 * const options = { directory, steps: 10, now: () => performance.now() };
 *
 * const paused = await train(task, { ...options, minutes: 0 });
 * assertEquals([paused.step, paused.finished], [0, false]);
 * const whole = await train(task, { ...options, resume: true });
 * assertEquals([whole.step, whole.finished], [10, true]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function train(task: TrainingTask, options: TrainOptions): Promise<TrainResult> {
  const { directory, now, steps, minutes, signal } = options;
  const { logEvery = 50, validateEvery = 500, checkpointMinutes = 5 } = options;
  await Deno.mkdir(directory, { recursive: true });
  await removeUnfinished(directory);
  const checkpointPath = join(directory, CHECKPOINT);
  const logPath = join(directory, LOG);
  const resume = options.resume === true && await fileExists(checkpointPath);
  const { resume: _, ...start } = options;

  await using trainer = await openTrainer(
    task.scope,
    task.losses ? { losses: task.losses } : task.traced,
    options,
    {
      ...(task.weights ? { weights: task.weights } : {}),
      ...(task.frozen ? { frozen: task.frozen } : {}),
      ...start,
      ...(resume ? { resume: (slots) => readCheckpoint(checkpointPath, slots, options.run) } : {}),
    },
  );
  const earlier = await openLog(logPath, resume ? trainer.step : 0);
  const begun = now();
  const deadline = minutes === undefined ? Infinity : begun + minutes * 60_000;
  let lastCheckpoint = begun;
  let lastLine = { time: begun, step: trainer.step };
  const means = new Means();

  // The arrays of a snapshot are used again by the next one: new ones would be garbage of four times
  // the weights' size at every checkpoint.
  let snapshot: Checkpoint | undefined;
  const checkpoint = async () => {
    snapshot = await trainer.snapshot(snapshot?.state);
    await writeCheckpoint(checkpointPath, snapshot, trainer.slots, options.run);
    const weights = toTensors(snapshot.state.average, trainer.slots);
    await options.onCheckpoint?.(weights, snapshot.step);
    lastCheckpoint = now();
    return weights;
  };
  const validate = async () => {
    const totals = new Means();
    for (const [index, feeds] of task.validation!.entries()) {
      totals.add(await trainer.evaluate(feeds, task.lossOf?.(index, true)));
    }
    return totals.take();
  };

  // A folder that takes no checkpoint is found before hours are spent, and the most memory that the run
  // ever holds is held from its beginning.
  if (!resume) await checkpoint();
  const fetchBatch = async (step: number) => await task.batch(step);
  let next = trainer.step < steps ? fetchBatch(trainer.step) : undefined;
  next?.catch(() => {});
  while (trainer.step < steps && now() < deadline && !signal?.aborted) {
    const feeds = await next!;
    const advancing = trainer.advance(feeds, task.lossOf?.(trainer.step, false));
    if (trainer.step + 1 < steps) {
      next = fetchBatch(trainer.step + 1); // drawn while the Worker computes
      next.catch(() => {});
    }
    const report = await advancing;
    means.add(report.metrics);
    const validating = task.validation &&
      (report.step % validateEvery === 0 || report.step === 1 || report.step === steps);
    if (report.step % logEvery === 0 || report.step === steps || validating) {
      const time = now();
      const taken = report.step - lastLine.step;
      const rate = taken / Math.max(1e-3, (time - lastLine.time) / 1000);
      const event: TrainingEvent = {
        step: report.step,
        steps,
        metrics: means.take(),
        ...(validating ? { validation: await validate() } : {}),
        gradientNorm: report.gradientNorm,
        learningRate: report.learningRate,
        samplesPerSecond: rate * task.batchSize,
        seconds: earlier.seconds + (time - begun) / 1000,
        secondsLeft: Math.min((steps - report.step) / rate, (deadline - time) / 1000),
        residentBytes: Deno.memoryUsage().rss,
      };
      await Deno.writeTextFile(logPath, `${JSON.stringify(event)}\n`, { append: true });
      options.onEvent?.(event);
      lastLine = { time: now(), step: report.step };
    }
    if (now() - lastCheckpoint > checkpointMinutes * 60_000) await checkpoint();
  }
  await next?.catch(() => {});
  const weights = await checkpoint();
  return { weights, step: trainer.step, finished: trainer.step >= steps };
}

/** Files that a killed process was writing; they have not taken over their names. */
async function removeUnfinished(directory: string): Promise<void> {
  for await (const { name } of Deno.readDir(directory)) {
    const unfinished = [CHECKPOINT, LOG].some((file) => name.startsWith(`.${file}.`));
    if (unfinished && name.endsWith(".tmp")) await Deno.remove(join(directory, name));
  }
}

/**
 * Begins or goes on with a log: lines after the resumed step, which a killed phase has written, are
 * dropped, and so is a line it did not finish.
 */
async function openLog(path: string, step: number): Promise<{ seconds: number }> {
  const text = step > 0 && await fileExists(path) ? await Deno.readTextFile(path) : "";
  const lines = text.split("\n").slice(0, -1);
  const kept = lines.filter((line) => (JSON.parse(line) as TrainingEvent).step <= step);
  const bytes = new TextEncoder().encode(kept.map((line) => `${line}\n`).join(""));
  await writeFileAtomic(path, bytes);
  const last = kept.at(-1);
  return { seconds: last === undefined ? 0 : (JSON.parse(last) as TrainingEvent).seconds };
}

/** Running means by name; a name need not be in every line. */
class Means {
  #sums = new Map<string, { total: number; count: number }>();

  add(metrics: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(metrics)) {
      const { total, count } = this.#sums.get(name) ?? { total: 0, count: 0 };
      this.#sums.set(name, { total: total + value, count: count + 1 });
    }
  }

  /** The means so far; it begins anew. */
  take(): Record<string, number> {
    const means = [...this.#sums].map(([name, { total, count }]) => [name, total / count]);
    this.#sums.clear();
    return Object.fromEntries(means);
  }
}
