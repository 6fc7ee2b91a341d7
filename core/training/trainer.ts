import { buildProgram, gradients, type Value } from "../graph/mod.ts";
import type { Scope } from "../nn/mod.ts";
import { checkFeeds, type Feed, type SessionOptions } from "../runtime/mod.ts";
import { elementCount, type Tensor } from "../tensor/mod.ts";
import { type Checkpoint, toFlat, toTensors } from "./checkpoint.ts";
import { averageDecayAt, learningRateAt } from "./schedule.ts";
import type { ParameterSlot, TrainReply, TrainRequest } from "./worker.ts";

/** What a training step computes, traced once. */
export interface TracedLoss {
  /** The scalar that is minimised. */
  readonly loss: Value;
  /** Further scalars to report. */
  readonly metrics?: Readonly<Record<string, Value>>;
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
  /** The loss and the further metrics. */
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
  /** Takes one step on a batch. */
  advance(feeds: Readonly<Record<string, Feed>>): Promise<StepReport>;
  /** The metrics of the averaged weights on a batch, without a step. */
  evaluate(feeds: Readonly<Record<string, Feed>>): Promise<Record<string, number>>;
  /** Parameters, moments and average. */
  snapshot(): Promise<Checkpoint>;
  /** The averaged weights, by name. */
  weights(): Promise<Record<string, Tensor>>;
  /** Ends the Worker and frees all it holds. */
  close(): Promise<void>;
}

/** What a trainer starts from. */
export interface TrainerStart {
  /** Seeds the first weights. @default {0} */
  readonly seed?: number;
  /** Weights to start from, by name; all that the scope names and no others. */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Weights that stay as they are, by name; their parameters become constants. */
  readonly frozen?: Readonly<Record<string, Tensor>>;
  /** A checkpoint to go on from, exactly, made with these slots. */
  readonly resume?: (slots: readonly ParameterSlot[]) => Promise<Checkpoint>;
  /** Options of the runtime. */
  readonly session?: SessionOptions;
}

/** `Omit` over each member of a union. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/**
 * Starts an optimisation of all of a scope's parameters but the frozen ones.
 *
 * @param scope Names the parameters; the loss has been traced with it.
 * @param traced The loss and metrics.
 * @param options Settings of AdamW and its schedule.
 * @param start What to start from.
 * @returns The trainer; close it, or bind it with `await using`.
 * @throws {WeightsMismatchError} If given weights are not those of the scope.
 */
export async function openTrainer(
  scope: Scope,
  traced: TracedLoss,
  options: OptimizerOptions,
  start: TrainerStart = {},
): Promise<Trainer> {
  const { seed = 0, frozen = {} } = start;
  const { learningRate = 1e-3, warmup = 100, steps, averageDecay = 0.999 } = options;
  const trained = Object.entries(scope.parameters()).filter(([name]) => !(name in frozen));
  if (trained.length === 0) throw new RangeError("Cannot train: every parameter of the scope is frozen");

  let offset = 0;
  const slots: ParameterSlot[] = trained.map(([name, { shape }]) => {
    const length = elementCount(shape);
    const slot = { name, shape, offset, length };
    offset += length;
    return slot;
  });
  const values = { loss: traced.loss, ...traced.metrics };
  const slopes = gradients(traced.loss, trained.map(([, value]) => value));
  const outputs: Record<string, Value> = { ...values };
  slots.forEach(({ name }, index) => outputs[`gradient of ${name}`] = slopes[index]!);
  const training = buildProgram(outputs, { frozen });
  const evaluation = buildProgram(values, { frozen });

  const initial = (): Checkpoint => {
    const first = start.weights ?? pick(scope.initialWeights(seed), slots);
    const parameters = toFlat(first, slots);
    return {
      step: 0,
      state: {
        parameters,
        first: new Float32Array(parameters.length),
        second: new Float32Array(parameters.length),
        average: parameters.slice(),
      },
    };
  };
  const checkpoint = start.resume ? await start.resume(slots) : initial();
  const state = checkpoint.state;
  let step = checkpoint.step;

  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const pending = new Map<number, PromiseWithResolvers<TrainReply>>();
  let nextId = 0;
  let closed = false;
  const failAll = (reason: Error) => {
    for (const waiting of pending.values()) waiting.reject(reason);
    pending.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<TrainReply>) => {
    const waiting = pending.get(data.id);
    pending.delete(data.id);
    if (data.kind === "error") waiting?.reject(new Error(data.message));
    else waiting?.resolve(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    failAll(new Error(`The trainer's Worker failed: ${event.message}`));
  };
  const send = <Kind extends TrainReply["kind"]>(
    request: WithoutId<TrainRequest>,
    kind: Kind,
    transfer: Transferable[] = [],
  ): Promise<TrainReply & { kind: Kind }> => {
    if (closed) return Promise.reject(new Error("Cannot use a closed trainer"));
    const waiting = Promise.withResolvers<TrainReply>();
    pending.set(nextId, waiting);
    worker.postMessage({ ...request, id: nextId++ }, transfer);
    return waiting.promise.then((reply) => {
      if (reply.kind !== kind) throw new Error(`The trainer answered "${reply.kind}", not "${kind}"`);
      return reply as TrainReply & { kind: Kind };
    });
  };
  const close = (): Promise<void> => {
    if (!closed) {
      closed = true;
      worker.terminate();
      failAll(new Error("The trainer was closed"));
    }
    return Promise.resolve();
  };

  try {
    await send(
      {
        kind: "start",
        training: training.model,
        evaluation: evaluation.model,
        metrics: Object.keys(values),
        slots,
        state,
        settings: {
          betas: options.betas ?? [0.9, 0.99],
          epsilon: 1e-8,
          weightDecay: options.weightDecay ?? 0.01,
          clip: options.clip ?? 1,
        },
        options: start.session ?? {},
      },
      "done",
      Object.values(state).map((array) => array.buffer),
    );
  } catch (error) {
    await close();
    throw error;
  }

  const snapshot = async (): Promise<Checkpoint> => {
    const reply = await send({ kind: "snapshot" }, "snapshot");
    return { step, state: reply.state };
  };
  return {
    get step() {
      return step;
    },
    slots,
    advance: async (feeds) => {
      checkFeeds(training, feeds);
      const rate = learningRateAt(step, { learningRate, warmup, steps });
      const reply = await send({
        kind: "step",
        step: step + 1,
        learningRate: rate,
        averageDecay: averageDecayAt(step, averageDecay),
        feeds,
      }, "metrics");
      step++;
      return { step, metrics: reply.metrics, gradientNorm: reply.gradientNorm, learningRate: rate };
    },
    evaluate: async (feeds) => {
      checkFeeds(evaluation, feeds);
      return (await send({ kind: "evaluate", feeds }, "metrics")).metrics;
    },
    snapshot,
    weights: async () => toTensors((await snapshot()).state.average, slots),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function pick(
  tensors: Readonly<Record<string, Tensor>>,
  slots: readonly ParameterSlot[],
): Record<string, Tensor> {
  return Object.fromEntries(slots.map(({ name }) => [name, tensors[name]!]));
}
