import { buildProgram, gradients, type Program, type Value } from "../graph/mod.ts";
import type { Scope } from "../nn/mod.ts";
import { packFeeds } from "../runtime/feed.ts";
import { checkFeeds, type Feed, type SessionOptions } from "../runtime/mod.ts";
import { openWorker } from "../runtime/worker_channel.ts";
import { elementCount, type Tensor } from "../tensor/mod.ts";
import { type AdamWState, wholeLanes } from "./adamw.ts";
import { type Checkpoint, type ParameterSlot, toFlat, toTensors } from "./checkpoint.ts";
import { averageDecayAt, learningRateAt } from "./schedule.ts";
import type { TrainerCalls } from "./_worker.ts";

/** What a training step computes, traced once. */
export interface TracedLoss {
  /** The scalar that is minimised. */
  readonly loss: Value;
  /** Further scalars to report. */
  readonly metrics?: Readonly<Record<string, Value>>;
}

/** Several losses over one scope, of which every step minimises one. */
export interface TracedLosses {
  /** The losses by name; each reads feeds of its own. */
  readonly losses: Readonly<Record<string, TracedLoss>>;
}

/** Settings of an optimisation. */
export interface OptimizerOptions {
  /** The number of steps of the whole run; the learning rate's cosine ends there. */
  readonly steps: number;
  /** The highest learning rate. @default {1e-3} */
  readonly learningRate?: number;
  /** Steps of linear growth at the start. @default {100} */
  readonly warmup?: number;
  /** Decoupled weight decay of matrices and kernels. @default {0.01} */
  readonly weightDecay?: number;
  /** Decay rates of the moments. @default {[0.9, 0.99]} */
  readonly betas?: readonly [number, number];
  /** The largest norm of a gradient. @default {1} */
  readonly clip?: number;
  /** The decay of the weights' moving average. @default {0.999} */
  readonly averageDecay?: number;
}

/** The figures of one step. */
export interface StepReport {
  /** The number of the step, from 1. */
  readonly step: number;
  /** The loss and the further metrics, of the weights before the step. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** The learning rate. */
  readonly learningRate: number;
}

/** An optimisation under way, in a Worker of its own. */
export interface Trainer extends AsyncDisposable {
  /** How many steps were taken. */
  readonly step: number;
  /** The trained parameters, in order. */
  readonly slots: readonly ParameterSlot[];
  /**
   * Takes one step on a batch; one at a time. Parameters that the loss does not depend on stay as they
   * are.
   *
   * @param feeds What the loss reads.
   * @param loss Which loss, where there are several.
   * @throws {RangeError} If the loss is unknown, or a feed is missing, unknown, or has the wrong shape.
   * @throws {Error} If the gradient is not finite; the weights are then as before.
   */
  advance(feeds: Readonly<Record<string, Feed>>, loss?: string): Promise<StepReport>;
  /** The metrics of the averaged weights on a batch, without a step. */
  evaluate(feeds: Readonly<Record<string, Feed>>, loss?: string): Promise<Record<string, number>>;
  /**
   * Parameters, moments and average.
   *
   * @param into The state of an earlier snapshot, whose arrays are used again and belong to the new
   * one from then on; new ones are made if left out.
   */
  snapshot(into?: AdamWState): Promise<Checkpoint>;
  /** The averaged weights, by name. */
  weights(): Promise<Record<string, Tensor>>;
  /** Ends the Worker and frees all it holds; calls under way and later ones reject. */
  close(): Promise<void>;
}

/** What a trainer starts from. */
export interface TrainerStart {
  /** Seeds the first weights. @default {0} */
  readonly seed?: number;
  /** Weights to start from, by name: all that are trained and no others. */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Weights that stay as they are, by name; their parameters become constants. */
  readonly frozen?: Readonly<Record<string, Tensor>>;
  /** A checkpoint to go on from, exactly, made with these slots. */
  readonly resume?: (slots: readonly ParameterSlot[]) => Promise<Checkpoint>;
  /** Options of the runtime. */
  readonly session?: SessionOptions;
}

/**
 * Starts an optimisation of all of a scope's parameters but the frozen ones. A parameter that the loss
 * does not depend on stays as it is.
 *
 * @param scope Names the parameters; the loss has been traced with it.
 * @param traced The loss and metrics; or several losses, of which every step names one.
 * @param options Settings of AdamW and its schedule.
 * @param start What to start from.
 * @returns The trainer; close it, or bind it with `await using`.
 * @throws {RangeError} If nothing is left to train, or the loss reads a parameter of another scope that
 * is not frozen.
 * @throws {WeightsMismatchError} If given weights are not those of the scope.
 *
 * @example Fit a line
 * ```ts
 * import { input, mse } from "@codi/core/graph";
 * import { linear, Scope } from "@codi/core/nn";
 * import { tensor } from "@codi/core/tensor";
 * import { openTrainer } from "@codi/core/training";
 * import { assert } from "@std/assert";
 *
 * const scope = new Scope();
 * const loss = mse(linear(scope, input("x", [4, 1]), 1), input("y", [4, 1]));
 * const options = { steps: 100, learningRate: 0.1, warmup: 0, clip: 100 };
 * await using trainer = await openTrainer(scope, { loss }, options);
 * const batch = {
 *   x: tensor([4, 1], Float32Array.of(0, 1, 2, 3)),
 *   y: tensor([4, 1], Float32Array.of(1, 3, 5, 7)),
 * };
 * const first = await trainer.advance(batch);
 * for (let step = 1; step < 99; step++) await trainer.advance(batch);
 * const last = await trainer.advance(batch);
 * assert(last.metrics["loss"]! < 0.01 * first.metrics["loss"]!);
 * ```
 */
export async function openTrainer(
  scope: Scope,
  traced: TracedLoss | TracedLosses,
  options: OptimizerOptions,
  start: TrainerStart = {},
): Promise<Trainer> {
  const { learningRate = 1e-3, warmup = 100, steps, averageDecay = 0.999 } = options;
  const plan = planTraining(scope, traced, start.frozen ?? {});
  const { slots, programs } = plan;
  const programOf = (loss: string | undefined): LossProgram => {
    const known = Object.keys(programs);
    const name = loss ?? (known.length === 1 ? known[0]! : "");
    if (Object.hasOwn(programs, name)) return programs[name]!;
    throw new RangeError(
      `Cannot minimise the loss "${name}": there are ${known.map((one) => `"${one}"`).join(", ")}`,
    );
  };
  const { step: firstStep, state } = start.resume
    ? await start.resume(slots)
    : initialCheckpoint(scope, slots, start);
  let step = firstStep;
  let advancing = false;

  const worker = openWorker<TrainerCalls>(new URL("./_worker.ts", import.meta.url), "trainer");
  const close = (): Promise<void> => worker.close();
  try {
    await worker.call("start", {
      losses: Object.fromEntries(
        Object.entries(programs).map(([name, { training, evaluation, metrics, slopes }]) => [
          name,
          { training: training.model, evaluation: evaluation.model, metrics, slopes },
        ]),
      ),
      slots,
      state,
      settings: {
        betas: options.betas ?? [0.9, 0.99],
        epsilon: 1e-8,
        weightDecay: options.weightDecay ?? 0.01,
        clip: options.clip ?? 1,
      },
      options: start.session ?? {},
    });
  } catch (error) {
    await close();
    throw error;
  }

  return {
    get step() {
      return step;
    },
    slots,
    advance: async (feeds, loss) => {
      const program = programOf(loss);
      checkFeeds(program.training, feeds);
      if (advancing) throw new Error("Cannot take a step while another one is under way");
      advancing = true;
      try {
        const rate = learningRateAt(step, { learningRate, warmup, steps });
        const { metrics, gradientNorm } = await worker.call("step", {
          loss: program.name,
          step: step + 1,
          learningRate: rate,
          averageDecay: averageDecayAt(step, averageDecay),
          feeds: packFeeds(feeds),
        });
        step++;
        return { step, metrics, gradientNorm, learningRate: rate };
      } finally {
        advancing = false;
      }
    },
    evaluate: async (feeds, loss) => {
      const program = programOf(loss);
      checkFeeds(program.evaluation, feeds);
      return await worker.call("evaluate", { loss: program.name, feeds: packFeeds(feeds) });
    },
    snapshot: async (into) => {
      const moved = Object.values(into ?? {}).map((array: Float32Array<ArrayBuffer>) =>
        array.buffer
      );
      return { step, state: await worker.call("snapshot", into, undefined, moved) };
    },
    weights: async () => toTensors(await worker.call("average", undefined), slots),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The programs of one loss. */
interface LossProgram {
  readonly name: string;
  readonly training: Program;
  readonly evaluation: Program;
  readonly metrics: readonly string[];
  readonly slopes: readonly { readonly slot: ParameterSlot; readonly output: string }[];
}

/** Lays out the trained parameters and builds the programs of every loss. */
function planTraining(
  scope: Scope,
  traced: TracedLoss | TracedLosses,
  frozen: Readonly<Record<string, Tensor>>,
): { slots: ParameterSlot[]; programs: Record<string, LossProgram> } {
  const trained = Object.entries(scope.parameters()).filter(([name]) =>
    !Object.hasOwn(frozen, name)
  );
  if (trained.length === 0) {
    throw new RangeError("Cannot train: every parameter of the scope is frozen");
  }
  let offset = 0;
  const slots = trained.map(([name, { shape }]): ParameterSlot => {
    const length = elementCount(shape);
    const slot = { name, shape, offset, length };
    offset += wholeLanes(length);
    return slot;
  });
  const parameters = trained.map(([, value]) => value);
  const losses = "losses" in traced ? traced.losses : { loss: traced };
  const programs = Object.fromEntries(
    Object.entries(losses).map(([name, one]) => [
      name,
      lossProgram(name, one, slots, parameters, frozen),
    ]),
  );
  return { slots, programs };
}

function lossProgram(
  name: string,
  traced: TracedLoss,
  slots: readonly ParameterSlot[],
  parameters: readonly Value[],
  frozen: Readonly<Record<string, Tensor>>,
): LossProgram {
  const values = { loss: traced.loss, ...traced.metrics };
  const outputs: Record<string, Value> = { ...values };
  const slopes: { slot: ParameterSlot; output: string }[] = [];
  gradients(traced.loss, parameters).forEach((gradient, index) => {
    if (isZero(gradient)) return; // the loss does not depend on it
    const slot = slots[index]!;
    const output = `gradient of ${slot.name}`;
    outputs[output] = gradient;
    slopes.push({ slot, output: `${output}:0` });
  });
  const training = buildProgram(outputs, { frozen });
  const evaluation = buildProgram(values, { frozen });
  const known = new Set(slots.map((slot) => slot.name));
  for (const read of Object.keys(training.parameters)) {
    if (!known.has(read)) {
      throw new RangeError(
        `Cannot train: the loss reads "${read}", which is neither in the scope nor frozen`,
      );
    }
  }
  return { name, training, evaluation, metrics: Object.keys(values), slopes };
}

function isZero({ node: { source } }: Value): boolean {
  return source?.kind === "constant" && source.data.every((value) => Number(value) === 0);
}

function initialCheckpoint(
  scope: Scope,
  slots: readonly ParameterSlot[],
  { seed = 0, weights }: TrainerStart,
): Checkpoint {
  const drawn = () => {
    const all = scope.initialWeights(seed);
    return Object.fromEntries(slots.map(({ name }) => [name, all[name]!]));
  };
  const parameters = toFlat(weights ?? drawn(), slots);
  return {
    step: 0,
    state: {
      parameters,
      first: new Float32Array(parameters.length),
      second: new Float32Array(parameters.length),
      average: parameters.slice(),
    },
  };
}
