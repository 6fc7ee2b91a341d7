import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import type { Device } from "../runtime/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { readWeights } from "../weights/mod.ts";
import { type ObjectiveContext, runObjective, type RunObjectiveOptions } from "./mod.ts";
import { contents, inFolder, objective } from "./run_objective_testing.ts";

Deno.test("runObjective() writes what it trains with metadata, and leaves frozen parts alone", () =>
  inFolder(async (options) => {
    const before = await contents(options.frozen);
    let frozen: Readonly<Record<string, Tensor>> = {};
    const trained = objective(async ({ weights }) => {
      frozen = await weights("words/promptEncoder");
    });
    const { step, finished, files } = await runObjective(trained, {
      ...options,
      seed: 5,
      metadata: { space: "space-1", measured: "no" },
    });
    assertEquals([step, finished], [4, true]);
    assertEquals(await contents(options.frozen), before);
    assertEquals(frozen["weight"]?.data, Float32Array.of(1, 1));
    const path = join(options.directory, "sketch.diffusion.safetensors");
    assertEquals(files, { "sketch/diffusion": path });
    const { tensors, metadata, dtypes } = await readWeights(path);
    assertEquals(metadata, {
      space: "space-1",
      measured: "yes",
      objective: "denoise sketch",
      dataset: "test data",
      steps: "4",
      seed: "5",
    });
    assertEquals(Object.keys(tensors).sort(), ["bias", "measured", "weight"]);
    assert(Object.values(dtypes).every((dtype) => dtype === "F16"));
  }));

Deno.test("runObjective() takes the objective's settings unless it is told others", () =>
  inFolder(async (options) => {
    const rates: number[] = [];
    const onEvent = (event: { learningRate: number }) => void rates.push(event.learningRate);
    const run = (changes: Partial<RunObjectiveOptions>) =>
      runObjective(objective(), { ...options, logEvery: 1, onEvent, ...changes });
    assertEquals((await run({})).step, 4);
    assertEquals(rates[0], 0.05);
    rates.length = 0;
    assertEquals((await run({ steps: 2, learningRate: 0.01 })).step, 2);
    assertEquals(rates[0], 0.01);
  }));

Deno.test("runObjective() tells of checkpoints, and gives seed, size and progress on", () =>
  inFolder(async (options) => {
    const messages: string[] = [];
    const checkpoints: [number, string[]][] = [];
    let seen: Partial<ObjectiveContext> = {};
    await runObjective(
      objective((context) => {
        seen = context;
        context.onProgress("encoding");
      }),
      {
        ...options,
        seed: 9,
        onProgress: (message) => messages.push(message),
        onCheckpoint: (weights, step) => void checkpoints.push([step, Object.keys(weights)]),
      },
    );
    assertEquals([seen.seed, seen.size, seen.device], [9, 10, options.device as Device]);
    assertEquals(messages, ["encoding"]);
    assertEquals(checkpoints, [[0, ["weight", "bias"]], [4, ["weight", "bias"]]]);
  }));

Deno.test("runObjective() rejects with the reason of a signal that ends the preparation", () =>
  inFolder(async (options) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { signal } = controller;
    const interrupted = objective(async ({ cached, signal }) => {
      await cached("latents", () => {
        controller.abort(reason);
        signal!.throwIfAborted();
        return Promise.resolve(tensor([1]));
      });
    });
    const error = await assertRejects(() => runObjective(interrupted, { ...options, signal }));
    assert(error === reason);
    assertEquals(await contents(join(options.directory, "cache")), {}, "nothing by half");

    // A preparation that does not look at the signal does not begin to train either.
    const ignored = await assertRejects(() => runObjective(objective(), { ...options, signal }));
    assert(ignored === reason);
    assert(!("checkpoint.safetensors" in await contents(options.directory)));
  }));

Deno.test("runObjective() pauses a training, writes the weights so far, and goes on from there", () =>
  inFolder(async (options) => {
    const controller = new AbortController();
    const path = join(options.directory, "sketch.diffusion.safetensors");
    const paused = await runObjective(objective(), {
      ...options,
      logEvery: 2,
      signal: controller.signal,
      onEvent: () => controller.abort(),
    });
    assertEquals([paused.step, paused.finished], [2, false]);
    assertEquals((await readWeights(path)).metadata["steps"], "2");
    const again = (more: Partial<RunObjectiveOptions>) =>
      runObjective(objective(), { ...options, resume: true, ...more });
    await assertRejects(
      () => again({ seed: 3 }),
      RangeError,
      'with seed "3": it was begun with "0"',
    );
    const dataset = { ...options.dataset, name: "another" };
    await assertRejects(() => again({ dataset }), RangeError, 'with data set "another"');
    const rest = await again({});
    assertEquals([rest.step, rest.finished], [4, true]);
    assertEquals((await readWeights(path)).metadata["steps"], "4");
  }));
