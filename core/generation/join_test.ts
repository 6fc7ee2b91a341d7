import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { type Numbers, partWeights, withModalities } from "./_testing.ts";
import { findModality } from "../modality/mod.ts";
import { random } from "../random/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { readWeights, WeightsMismatchError, writeWeights } from "../weights/mod.ts";
import { type Dataset, joinObjective, type PartPath, runObjective } from "../training/mod.ts";

/** Scenes of four numbers; tune and sketch share the first two, which no caption tells. */
const dataset: Dataset = {
  name: "numbers",
  modalities: ["sketch", "tune"],
  bridge: "words",
  size: () => 64,
  contentLength: 0,
  vocabulary: [],
  caption: (_, index) => ({ text: numbersOf("words", index) as never, key: `${index}` }),
  paraphrases: () => [{ text: "", key: "" }, { text: "", key: "" }],
  describes: () => false,
  sample: (modality, _, index) => Promise.resolve(numbersOf(modality, index)),
};

function numbersOf(modality: string, index: number): Numbers {
  const shared = random("shared", index);
  const own = random(modality, index);
  return [shared.normal(), shared.normal(), own.normal(), own.normal()];
}

const options = {
  session: { threads: 1 },
  now: () => 0,
  steps: 12,
  learningRate: 1e-2,
  warmup: 1,
  averageDecay: 0,
};

Deno.test("joinObjective() trains environment parts from pairs and leaves all else bit for bit", () =>
  withModalities(async ({ folder, words, sketch, tune }) => {
    const modalities = [words, sketch, tune];
    const locate = (part: PartPath) => join(folder, `${part.replace("/", ".")}.safetensors`);
    const objective = joinObjective({
      modalities,
      edges: [
        { listener: "sketch", partner: "tune", batch: 16, foretell: true },
        { listener: "tune", partner: "sketch", batch: 16 },
      ],
      scenes: { train: { sketch: 64, tune: 64 }, test: 16 },
      options: { steps: 12 },
    });
    assertEquals(objective.trains, ["sketch/environment", "tune/environment"]);
    assertEquals(objective.pairs, [["sketch", "tune"], ["tune", "sketch"]]);
    const before = new Map<PartPath, Uint8Array>();
    for (const part of objective.freezes) before.set(part, await Deno.readFile(locate(part)));
    await using device = openDevice(options.session);
    const losses: number[] = [];
    const foretold: number[] = [];
    const { files } = await runObjective(objective, {
      ...options,
      dataset,
      device,
      locate,
      directory: join(folder, "run"),
      logEvery: 1,
      onEvent: ({ metrics }) => {
        losses.push(metrics["loss"]!);
        foretold.push(metrics["foretell sketch hears tune"] ?? NaN);
      },
    });
    assertEquals(foretold.map(Number.isNaN).slice(0, 4), [false, true, false, true]);
    assert(foretold.at(-2)! < foretold[0]!, `${foretold}`);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
    assert(mean(losses.slice(-4)) < mean(losses.slice(0, 4)), `${losses}`);
    for (const [part, bytes] of before) {
      assertEquals(await Deno.readFile(locate(part)), bytes, part);
    }
    for (const [part, path] of Object.entries(files)) {
      const [name] = part.split("/") as [string];
      const modality = findModality(modalities, name);
      const { tensors } = await readWeights(path);
      assertEquals(
        Object.keys(tensors).sort(),
        Object.keys(partWeights(modality, "environment")).sort(),
        "no weight of the frozen network is among them",
      );
    }
  }));

Deno.test("joinObjective() lets a later modality join partners that stay as they are", () =>
  withModalities(async ({ folder, words, sketch, tune }) => {
    const locate = (part: PartPath) => join(folder, `${part.replace("/", ".")}.safetensors`);
    const objective = joinObjective({
      name: "join tune",
      modalities: [words, sketch, tune],
      edges: [{ listener: "tune", partner: "sketch", batch: 8 }],
      trains: ["tune"],
      alignment: { steps: 100, batch: 8 },
      scenes: { train: { sketch: 32, tune: 32 }, test: 8 },
      options: { steps: 300 },
    });
    assertEquals(objective.trains, ["tune/environment"]);
    assert(objective.freezes.includes("sketch/environment"));
    const before = await Deno.readFile(locate("sketch/environment"));
    await using device = openDevice(options.session);
    const taken: (string | undefined)[] = [];
    const { files } = await runObjective({
      ...objective,
      prepare: async (context) => {
        const prepared = await objective.prepare(context);
        const { lossOf } = prepared.task;
        taken.push(...[0, 1, 2, 3].map((step) => lossOf!(step, false)));
        return prepared;
      },
    }, {
      ...options,
      steps: 4,
      dataset,
      device,
      locate,
      directory: join(folder, "run"),
    });
    const edge = "tune hears sketch";
    assertEquals(taken, [`align ${edge}`, `align ${edge}`, edge, edge], "a short run hears, too");
    assertEquals(Object.keys(files), ["tune/environment"]);
    assertEquals(await Deno.readFile(locate("sketch/environment")), before);
  }));

Deno.test("joinObjective() draws a later modality towards partners that stay, and blurs what it hears", () =>
  withModalities(async ({ folder, words, sketch, tune }) => {
    await using device = openDevice(options.session);
    const metricsOf = async (trains: readonly string[], hearingNoise?: number) => {
      const objective = joinObjective({
        name: "join tune",
        modalities: [words, sketch, tune],
        edges: [{ listener: "tune", partner: "sketch", batch: 8 }],
        trains,
        scenes: { train: { sketch: 32, tune: 32 }, test: 8 },
        options: { steps: 1 },
        ...(hearingNoise === undefined ? {} : { hearingNoise }),
      });
      let first: Readonly<Record<string, number>> = {};
      await runObjective(objective, {
        ...options,
        steps: 1,
        dataset,
        device,
        locate: (part) => join(folder, `${part.replace("/", ".")}.safetensors`),
        directory: join(folder, `${trains} ${hearingNoise}`),
        logEvery: 1,
        onEvent: ({ metrics }) => first = metrics,
      });
      return first;
    };
    const edge = "tune hears sketch";
    const both = await metricsOf(["tune", "sketch"]);
    const later = await metricsOf(["tune"]);
    const blurred = await metricsOf(["tune"], 2);
    assert(
      later[`align ${edge}`]! > both[`align ${edge}`]! + 1,
      "how far it points from what stays counts, too",
    );
    assertEquals(blurred[`align ${edge}`], later[`align ${edge}`]);
    assert(blurred[edge]! > later[edge]! + 0.1, "what it hears is another's, as it were");
  }));

Deno.test("joinObjective() is shown its edges and no triple", () =>
  withModalities(async ({ folder, words, sketch, tune }) => {
    const objective = joinObjective({
      modalities: [words, sketch, tune],
      edges: [{ listener: "sketch", partner: "tune", batch: 8 }],
      scenes: { train: { sketch: 8, tune: 8 }, test: 8 },
      options: { steps: 1 },
    });
    await using device = openDevice(options.session);
    const run = (look: (context: Parameters<typeof objective.prepare>[0]) => unknown) =>
      runObjective({
        ...objective,
        prepare: async (context) => {
          await look(context);
          return await objective.prepare(context);
        },
      }, {
        ...options,
        minutes: 0,
        dataset,
        device,
        locate: (part) => join(folder, `${part.replace("/", ".")}.safetensors`),
        directory: join(folder, "run"),
      });
    await run(({ pair }) => pair("sketch", "tune").sample("tune", "train", 0));
    await run(({ pair }) => pair("sketch", "words").caption("train", 0, 0));
    await assertRejects(
      () => run(({ pair }) => pair("sketch", "tune").caption("train", 0, 0)),
      RangeError,
      'Cannot show "words" to the objective "join"',
    );
    await assertRejects(
      () => run(({ pair }) => pair("sketch", "words").sample("tune", "train", 0)),
      RangeError,
      'Cannot show "tune" to the objective "join"',
    );
    // A data set whose captions are of another modality is no way around it.
    await assertRejects(() => run(({ pairs }) => pairs.sample("tune", "train", 0)), RangeError);
  }));

Deno.test("joinObjective() refuses files that lack weights of what is frozen", () =>
  withModalities(async ({ folder, words, sketch, tune }) => {
    const locate = (part: PartPath) => join(folder, `${part.replace("/", ".")}.safetensors`);
    const objective = joinObjective({
      modalities: [words, sketch, tune],
      edges: [{ listener: "tune", partner: "sketch", batch: 4 }],
      trains: ["tune"],
      scenes: { train: { sketch: 8, tune: 8 }, test: 4 },
      options: { steps: 1 },
    });
    await using device = openDevice(options.session);
    for (const [part, lost] of [["tune/diffusion", "z"], ["sketch/environment", "says"]] as const) {
      const { tensors } = await readWeights(locate(part));
      const { [`${lost}.weight`]: _, ...rest } = tensors;
      await writeWeights(locate(part), rest);
      const directory = join(folder, "run");
      const error = await assertRejects(
        () => runObjective(objective, { ...options, dataset, device, locate, directory }),
        WeightsMismatchError,
      );
      assertEquals(error.missing, [`${part.split("/")[0]}.${lost}.weight`]);
      await writeWeights(locate(part), tensors);
    }
  }));

Deno.test("joinObjective() names a modality without environment encoder", () =>
  withModalities(({ words, sketch }) => {
    assertThrows(
      () =>
        joinObjective({
          modalities: [words, sketch],
          edges: [{ listener: "words", partner: "sketch", batch: 8 }],
          scenes: { train: {}, test: 8 },
          options: { steps: 1 },
        }),
      RangeError,
      'Cannot join "words": the plugin has no environment encoder',
    );
    return Promise.resolve();
  }));
