/** The Worker behind a trainer: owns parameters, moments and average, and the training programs. */

import ort from "onnxruntime-node";
import { createSession, type Feed, type SessionOptions, toOrtTensor } from "../runtime/mod.ts";
import { adamWStep, type AdamWState, euclideanNorm } from "./adamw.ts";

/** A parameter's place in the flat arrays. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** The flat arrays a trainer's state consists of. */
export type TrainingArrays = Record<keyof AdamWState, Float32Array<ArrayBuffer>>;

/** Fixed settings of a training run's steps. */
export interface StepSettings {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly clip: number;
}

/** What a trainer asks. */
export type TrainRequest =
  | {
    id: number;
    kind: "start";
    training: Uint8Array;
    evaluation: Uint8Array;
    metrics: readonly string[];
    slots: readonly ParameterSlot[];
    state: TrainingArrays;
    settings: StepSettings;
    options: SessionOptions;
  }
  | { id: number; kind: "step"; step: number; learningRate: number; averageDecay: number; feeds: Readonly<Record<string, Feed>> }
  | { id: number; kind: "evaluate"; feeds: Readonly<Record<string, Feed>> }
  | { id: number; kind: "snapshot" };

/** What it is told. */
export type TrainReply =
  | { id: number; kind: "done" }
  | { id: number; kind: "metrics"; metrics: Record<string, number>; gradientNorm: number }
  | { id: number; kind: "snapshot"; state: TrainingArrays; residentBytes: number }
  | { id: number; kind: "error"; message: string };

interface Run {
  readonly state: TrainingArrays;
  readonly gradients: Float32Array;
  readonly settings: StepSettings;
  readonly decays: { begin: number; end: number; decay: number }[];
  readonly training: ort.InferenceSession;
  readonly evaluation: ort.InferenceSession;
  readonly metrics: readonly string[];
  readonly parameterFeeds: Record<string, ort.Tensor>;
  readonly averageFeeds: Record<string, ort.Tensor>;
  readonly gradientFetches: Record<string, ort.Tensor>;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<TrainRequest>) => void;
  postMessage(reply: TrainReply, transfer?: Transferable[]): void;
};
let run: Run | undefined;

async function start(request: TrainRequest & { kind: "start" }): Promise<Run> {
  const { slots, state, settings, metrics, options } = request;
  const gradients = new Float32Array(state.parameters.length);
  const views = (array: Float32Array, rename: (name: string) => string) =>
    Object.fromEntries(slots.map(({ name, shape, offset, length }) => [
      rename(name),
      new ort.Tensor("float32", array.subarray(offset, offset + length), shape),
    ]));
  return {
    state,
    gradients,
    settings,
    metrics,
    decays: slots.map(({ shape, offset, length }) => ({
      begin: offset,
      end: offset + length,
      // Gains, offsets and single numbers are not decayed.
      decay: shape.length > 1 ? settings.weightDecay : 0,
    })),
    training: await createSession(request.training, options),
    evaluation: await createSession(request.evaluation, options),
    parameterFeeds: views(state.parameters, (name) => name),
    averageFeeds: views(state.average, (name) => name),
    gradientFetches: views(gradients, (name) => `gradient of ${name}:0`),
  };
}

function toFeeds(feeds: Readonly<Record<string, Feed>>): Record<string, ort.Tensor> {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrtTensor(feed)]));
}

function readMetrics(names: readonly string[], results: Record<string, ort.Tensor>): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, Number(results[`${name}:0`]!.data[0])]));
}

async function answer(request: TrainRequest): Promise<void> {
  const { id } = request;
  if (request.kind === "start") {
    run = await start(request);
    return scope.postMessage({ id, kind: "done" });
  }
  const { state, gradients, settings, metrics } = run!;
  if (request.kind === "snapshot") {
    const copy: TrainingArrays = {
      parameters: state.parameters.slice(),
      first: state.first.slice(),
      second: state.second.slice(),
      average: state.average.slice(),
    };
    const residentBytes = Deno.memoryUsage().rss;
    const transfer = Object.values(copy).map((array) => array.buffer);
    return scope.postMessage({ id, kind: "snapshot", state: copy, residentBytes }, transfer);
  }
  if (request.kind === "evaluate") {
    const fetches = metrics.map((name) => `${name}:0`);
    const results = await run!.evaluation.run({ ...toFeeds(request.feeds), ...run!.averageFeeds }, fetches);
    return scope.postMessage({ id, kind: "metrics", metrics: readMetrics(metrics, results), gradientNorm: 0 });
  }
  const fetches: Record<string, ort.Tensor | null> = { ...run!.gradientFetches };
  for (const name of metrics) fetches[`${name}:0`] = null;
  const results = await run!.training.run({ ...toFeeds(request.feeds), ...run!.parameterFeeds }, fetches);
  const gradientNorm = euclideanNorm(gradients);
  if (!Number.isFinite(gradientNorm)) {
    throw new Error(`The gradient at step ${request.step} is not finite: lower the learning rate`);
  }
  adamWStep(state, gradients, {
    step: request.step,
    learningRate: request.learningRate,
    betas: settings.betas,
    epsilon: settings.epsilon,
    gradientScale: gradientNorm > settings.clip ? settings.clip / gradientNorm : 1,
    averageDecay: request.averageDecay,
    runs: run!.decays,
  });
  scope.postMessage({ id, kind: "metrics", metrics: readMetrics(metrics, results), gradientNorm });
}

let queue: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  queue = queue.then(() => answer(data)).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ id: data.id, kind: "error", message });
  });
};
