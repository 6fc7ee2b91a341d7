/** The Worker behind a trainer: owns parameters, moments and average, and the training programs. */

import ort from "onnxruntime-node";
import type { Feed } from "../runtime/feed.ts";
import { createSession, type SessionOptions, toOrtTensor } from "../runtime/session.ts";
import { answerCalls } from "../runtime/worker_channel.ts";
import { type AdamW, type AdamWState, type AdamWStep, euclideanNorm, openAdamW } from "./adamw.ts";
import type { ParameterSlot } from "./checkpoint.ts";

/** The programs of a loss. */
export interface LossMessage {
  /** The program of the loss, further metrics and every gradient. */
  readonly training: Uint8Array;
  /** The program of the loss and further metrics. */
  readonly evaluation: Uint8Array;
  /** The names of the loss and further metrics. */
  readonly metrics: readonly string[];
  /** The slots that have a gradient, with the name of the output it is in; the others stay as they are. */
  readonly slopes: readonly { readonly slot: ParameterSlot; readonly output: string }[];
}

/** What a trainer starts with. */
export interface StartMessage {
  /** The losses by name. */
  readonly losses: Readonly<Record<string, LossMessage>>;
  /** Where the parameters lie in the arrays. */
  readonly slots: readonly ParameterSlot[];
  readonly state: AdamWState;
  /** Settings that are the same in all steps. */
  readonly settings: Pick<AdamWStep, "betas" | "epsilon"> & {
    readonly weightDecay: number;
    readonly clip: number;
  };
  readonly options: SessionOptions;
}

/** One step. */
export interface StepMessage extends Pick<AdamWStep, "step" | "learningRate" | "averageDecay"> {
  /** Which loss. */
  readonly loss: string;
  readonly feeds: Readonly<Record<string, Feed>>;
}

type Tensors = Record<string, ort.Tensor>;

interface LossRun extends Pick<LossMessage, "metrics"> {
  readonly training: ort.InferenceSession;
  readonly evaluation: ort.InferenceSession;
  readonly ranges: AdamWStep["runs"];
  /** Views of the optimizer's gradients that the runtime writes into. */
  readonly gradientFetches: Tensors;
}

interface Run extends Pick<StartMessage, "settings"> {
  readonly optimizer: AdamW;
  readonly losses: Readonly<Record<string, LossRun>>;
  readonly parameterFeeds: Tensors;
  readonly averageFeeds: Tensors;
  /** The loss whose gradients the optimizer's array holds. */
  last?: string;
}

let run: Run | undefined;

/** A slot's part of an array as a tensor; what is written to either is in both. */
function view(array: Float32Array, { shape, offset, length }: ParameterSlot): ort.Tensor {
  return new ort.Tensor("float32", array.subarray(offset, offset + length), shape);
}

function toTensors(feeds: Readonly<Record<string, Feed>>): Tensors {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrtTensor(feed)]));
}

function readMetrics(names: readonly string[], results: Tensors): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, Number(results[`${name}:0`]!.data[0])]));
}

const calls = {
  /** Opens the programs. */
  async start(message: StartMessage): Promise<void> {
    const { slots, settings, options } = message;
    const optimizer = openAdamW(message.state.parameters.length);
    const { state, gradients } = optimizer;
    for (const name of Object.keys(state) as (keyof AdamWState)[]) {
      state[name].set(message.state[name]);
    }
    const byName = (array: Float32Array): Tensors =>
      Object.fromEntries(slots.map((slot) => [slot.name, view(array, slot)]));
    const losses: Record<string, LossRun> = {};
    for (const [name, loss] of Object.entries(message.losses)) {
      losses[name] = {
        metrics: loss.metrics,
        ranges: loss.slopes.map(({ slot: { shape, offset, length } }) => ({
          begin: offset,
          end: offset + length,
          // Gains, offsets and single numbers are not decayed.
          decay: shape.length > 1 ? settings.weightDecay : 0,
        })),
        training: await createSession(loss.training, options),
        evaluation: await createSession(loss.evaluation, options),
        gradientFetches: Object.fromEntries(
          loss.slopes.map(({ slot, output }) => [output, view(gradients, slot)]),
        ),
      };
    }
    run = {
      settings,
      optimizer,
      losses,
      parameterFeeds: byName(state.parameters),
      averageFeeds: byName(state.average),
    };
  },

  /** Takes one step; the metrics are those before it. */
  async step(
    { feeds, loss, ...message }: StepMessage,
  ): Promise<{ metrics: Record<string, number>; gradientNorm: number }> {
    const { optimizer, settings, losses, parameterFeeds } = run!;
    const { training, metrics, ranges, gradientFetches } = losses[loss]!;
    // Gradients of another loss are no part of this one's norm.
    if (run!.last !== loss) optimizer.gradients.fill(0);
    run!.last = loss;
    const fetches: Record<string, ort.Tensor | null> = { ...gradientFetches };
    for (const name of metrics) fetches[`${name}:0`] = null;
    const results = await training.run({ ...toTensors(feeds), ...parameterFeeds }, fetches);
    const gradientNorm = euclideanNorm(optimizer.gradients);
    if (!Number.isFinite(gradientNorm)) {
      throw new Error(
        `Cannot take step ${message.step}: the gradient's norm is "${gradientNorm}"; ` +
          "try a lower learning rate, and look for numbers that are not finite in the batch",
      );
    }
    optimizer.step({
      ...message,
      betas: settings.betas,
      epsilon: settings.epsilon,
      gradientScale: gradientNorm > settings.clip ? settings.clip / gradientNorm : 1,
      runs: ranges,
    });
    return { metrics: readMetrics(metrics, results), gradientNorm };
  },

  /** The metrics of the averaged weights. */
  async evaluate(
    { feeds, loss }: Pick<StepMessage, "feeds" | "loss">,
  ): Promise<Record<string, number>> {
    const { averageFeeds, losses } = run!;
    const { evaluation, metrics } = losses[loss]!;
    const fetches = metrics.map((name) => `${name}:0`);
    return readMetrics(
      metrics,
      await evaluation.run({ ...toTensors(feeds), ...averageFeeds }, fetches),
    );
  },

  /** A copy of the state, in the arrays given, if any. */
  snapshot(into: AdamWState | undefined, transfer: Transferable[]): AdamWState {
    const { state } = run!.optimizer;
    const copy = into ?? {
      parameters: new Float32Array(state.parameters.length),
      first: new Float32Array(state.first.length),
      second: new Float32Array(state.second.length),
      average: new Float32Array(state.average.length),
    };
    for (const name of Object.keys(state) as (keyof AdamWState)[]) copy[name].set(state[name]);
    transfer.push(...Object.values(copy).map((array) => array.buffer));
    return copy;
  },

  /** A copy of the averaged weights, laid end to end. */
  average(_: undefined, transfer: Transferable[]): Float32Array<ArrayBuffer> {
    const copy = run!.optimizer.state.average.slice();
    transfer.push(copy.buffer);
    return copy;
  },
};

/** What a trainer asks. */
export type TrainerCalls = typeof calls;

answerCalls(calls);
