import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { input, mse, silu } from "../graph/mod.ts";
import { linear, Scope } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import {
  openTrainer,
  train,
  type TrainingEvent,
  type TrainingTask,
  type TrainOptions,
} from "./mod.ts";

const session = { threads: 1 };

/** A network of two layers; the batch of a step is a function of the step. */
function regression(): TrainingTask {
  const scope = new Scope();
  const hidden = silu(linear(scope.at("hidden"), input("x", [4, 3]), 8));
  const loss = mse(linear(scope.at("out"), hidden, 2), input("target", [4, 2]));
  const batch = (step: number) => {
    const x = random("x", step).fillNormal(new Float32Array(12));
    const target = Float32Array.from(
      { length: 8 },
      (_, i) => x[3 * (i >> 1)]! - x[3 * (i >> 1) + 1]! * (i % 2),
    );
    return { x: tensor([4, 3], x), target: tensor([4, 2], target) };
  };
  return { scope, traced: { loss }, batchSize: 4, batch };
}

/** Options of a run in a folder of its own, with a clock that goes on by a second at every look. */
function runIn(directory: string, options: Partial<TrainOptions> = {}): TrainOptions {
  let clock = 0;
  const now = () => clock += 1000;
  return {
    directory,
    now,
    session,
    steps: 20,
    learningRate: 0.05,
    warmup: 2,
    logEvery: 5,
    ...options,
  };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Options that stop a run once the given step is logged. */
function stopAt(step: number): Partial<TrainOptions> {
  const controller = new AbortController();
  const onEvent = (event: TrainingEvent) => {
    if (event.step === step) controller.abort();
  };
  return { signal: controller.signal, onEvent };
}

const checkpointOf = (folder: string) => Deno.readFile(join(folder, "checkpoint.safetensors"));
const logOf = async (folder: string): Promise<TrainingEvent[]> => {
  const text = await Deno.readTextFile(join(folder, "log.jsonl"));
  return text.trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
};

Deno.test("train() resumes exactly: 20 steps are 10, a pause and 10 more", () =>
  withFolder(async (folder) => {
    const [whole, parts] = [join(folder, "whole"), join(folder, "parts")];
    const once = await train(regression(), runIn(whole));
    const half = await train(regression(), runIn(parts, stopAt(10)));
    assertEquals([half.step, half.finished], [10, false]);
    const rest = await train(regression(), runIn(parts, { resume: true }));
    assertEquals([rest.step, rest.finished], [20, true]);
    assertEquals(await checkpointOf(parts), await checkpointOf(whole));
    assertEquals(rest.weights, once.weights);
    const losses = async (path: string) => (await logOf(path)).map(({ metrics }) => metrics);
    assertEquals(await losses(parts), await losses(whole));
  }));

Deno.test("train() drops what a killed phase has written after its last checkpoint", () =>
  withFolder(async (folder) => {
    await train(regression(), runIn(folder, stopAt(10)));
    const log = join(folder, "log.jsonl");
    const last = (await logOf(folder)).at(-1)!;
    const late = JSON.stringify({ ...last, step: 15 });
    await Deno.writeTextFile(log, `${late}\n${late.slice(0, 40)}`, { append: true });
    const left = join(folder, ".checkpoint.safetensors.0.tmp");
    await Deno.writeTextFile(left, "half a file");

    await train(regression(), runIn(folder, { resume: true }));
    const events = await logOf(folder);
    assertEquals(events.map(({ step }) => step), [5, 10, 15, 20]);
    const seconds = events.map((event) => event.seconds);
    assertEquals(seconds, [...seconds].sort((a, b) => a - b));
    assert(seconds[2]! > last.seconds, "the time of earlier phases counts");
    await assertRejects(() => Deno.stat(left), Deno.errors.NotFound);
  }));

Deno.test("train() begins anew without resume, and where there is no checkpoint", () =>
  withFolder(async (folder) => {
    await train(regression(), runIn(folder, { steps: 5 }));
    const first = await checkpointOf(folder);
    await train(regression(), runIn(folder, { steps: 5 }));
    assertEquals(await checkpointOf(folder), first);
    assertEquals((await logOf(folder)).length, 1);
    const empty = join(folder, "empty");
    await train(regression(), runIn(empty, { steps: 5, resume: true }));
    assertEquals(await checkpointOf(empty), first);
  }));

Deno.test("train() stops between steps when the signal is given, with a checkpoint", () =>
  withFolder(async (folder) => {
    const task = regression();
    const controller = new AbortController();
    const batch = (step: number) => {
      if (step === 7) controller.abort();
      return task.batch(step);
    };
    const { step, finished } = await train(
      { ...task, batch },
      runIn(folder, { signal: controller.signal }),
    );
    assertEquals(finished, false);
    assert(step >= 6 && step <= 7, `stopped after ${step} steps`);
    const rest = await train(task, runIn(folder, { resume: true }));
    assertEquals([rest.step, rest.finished], [20, true]);
  }));

Deno.test("train() pauses when its minutes are over, and at once with none", () =>
  withFolder(async (folder) => {
    const { step, finished } = await train(regression(), runIn(folder, { minutes: 10 / 60 }));
    assertEquals(finished, false);
    assert(step > 0 && step < 10, `${step} steps in ten seconds`);
    const none = await train(regression(), runIn(folder, { minutes: 0, resume: true }));
    assertEquals(none.step, step);
  }));

Deno.test("train() draws each batch once, in order", () =>
  withFolder(async (folder) => {
    const task = regression();
    const drawn: number[] = [];
    const batch = (step: number) => {
      drawn.push(step);
      return Promise.resolve(task.batch(step));
    };
    await train({ ...task, batch }, runIn(folder, { steps: 6 }));
    assertEquals(drawn, [0, 1, 2, 3, 4, 5]);
  }));

Deno.test("train() validates the averaged weights, every so often and at the end", () =>
  withFolder(async (folder) => {
    const task = regression();
    const validation = [task.batch(100), task.batch(101)] as Record<string, Tensor>[];
    const options = runIn(folder, { steps: 9, validateEvery: 4, logEvery: 6 });
    const { weights } = await train({ ...task, validation }, options);
    const events = await logOf(folder);
    assertEquals(events.map(({ step }) => step), [1, 4, 6, 8, 9]);
    const validated = events.filter((event) => event.validation !== undefined);
    assertEquals(validated.map(({ step }) => step), [1, 4, 8, 9]);
    await using judge = await openTrainer(task.scope, task.traced, { steps: 1 }, {
      session,
      weights,
    });
    const losses = await Promise.all(validation.map((feeds) => judge.evaluate(feeds)));
    const mean = losses.reduce((total, { loss }) => total + loss! / 2, 0);
    assertAlmostEquals(events.at(-1)!.validation!["loss"]!, mean, 1e-6);
  }));

Deno.test("train() reports figures that fit together", () =>
  withFolder(async (folder) => {
    const events: TrainingEvent[] = [];
    await train(regression(), runIn(folder, { onEvent: (event) => events.push(event) }));
    assertEquals(await logOf(folder), JSON.parse(JSON.stringify(events)));
    for (const event of events) {
      assertEquals(event.steps, 20);
      assert(event.samplesPerSecond > 0 && event.secondsLeft >= 0 && event.residentBytes > 1e6);
    }
    assertEquals(events.at(-1)!.secondsLeft, 0);
    assert(events.at(-1)!.metrics["loss"]! < events[0]!.metrics["loss"]!);
  }));

Deno.test("train() hands out the averaged weights with every checkpoint", () =>
  withFolder(async (folder) => {
    const seen: number[] = [];
    const onCheckpoint: TrainOptions["onCheckpoint"] = (weights, step) => {
      assertEquals(weights["out.weight"]!.shape, [2, 8]);
      seen.push(step);
    };
    await train(regression(), runIn(folder, { steps: 8, checkpointMinutes: 0.1, onCheckpoint }));
    assert(seen.length > 2, `${seen.length} checkpoints`);
    assertEquals(seen.at(-1), 8);
  }));

Deno.test("train() starts from weights alone", () =>
  withFolder(async (folder) => {
    const task = regression();
    const weights = task.scope.initialWeights(3);
    const result = await train(task, runIn(folder, { weights, minutes: 0 }));
    assertEquals(result.weights, weights);
  }));

Deno.test("train() fails on numbers that are not finite, and keeps the last checkpoint", () =>
  withFolder(async (folder) => {
    const task = regression();
    await train(task, runIn(folder, stopAt(10)));
    const before = await checkpointOf(folder);
    const batch = (step: number) => ({
      ...task.batch(step),
      ...(step === 12 ? { x: tensor([4, 3], new Float32Array(12).fill(NaN)) } : {}),
    });
    await assertRejects(
      () => train({ ...task, batch }, runIn(folder, { resume: true })),
      Error,
      'Cannot take step 13: the gradient\'s norm is "NaN"',
    );
    assertEquals(await checkpointOf(folder), before);
  }));

Deno.test("train() fails when a batch cannot be drawn", () =>
  withFolder(async (folder) => {
    const task = regression();
    const batch = (step: number) => {
      if (step === 3) throw new Error("no such sample");
      return task.batch(step);
    };
    await assertRejects(() => train({ ...task, batch }, runIn(folder)), Error, "no such sample");
  }));
