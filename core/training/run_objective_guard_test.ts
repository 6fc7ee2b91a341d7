import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { writeWeights } from "../weights/mod.ts";
import {
  type Objective,
  type ObjectiveContext,
  type PartPath,
  runObjective,
  type RunObjectiveOptions,
} from "./mod.ts";
import { contents, dataset, FROZEN, inFolder, objective } from "./run_objective_testing.ts";

Deno.test("runObjective() gives no weights but those of declared frozen parts", () =>
  inFolder(async (options) => {
    const reading = (part: PartPath) => objective(({ weights }) => weights(part));
    for (const part of ["sketch/diffusion", "tune/promptEncoder"] as const) {
      await assertRejects(
        () => runObjective(reading(part), options),
        RangeError,
        `Cannot give the weights of "${part}" to the objective "denoise sketch": it freezes "sketch/autoencoder", "words/promptEncoder"`,
      );
    }
    await Deno.remove(options.locate("words/promptEncoder"));
    await assertRejects(
      () => runObjective(reading("words/promptEncoder"), options),
      Deno.errors.NotFound,
    );
  }));

Deno.test("runObjective() writes no parts but those that are declared to be trained", () =>
  inFolder(async (options) => {
    const before = await contents(options.frozen);
    const greedy = objective(undefined, { trains: ["tune/diffusion"] });
    await assertRejects(
      () => runObjective(greedy, options),
      RangeError,
      'Cannot write the weights of "sketch/diffusion": the objective "denoise sketch" trains "tune/diffusion"',
    );
    assert(!("sketch.diffusion.safetensors" in await contents(options.directory)));
    assertEquals(await contents(options.frozen), before);
  }));

Deno.test("runObjective() shows no modality and no pair that is not declared", () =>
  inFolder(async (options) => {
    const run = (prepare: (context: ObjectiveContext) => unknown, pairs: Objective["pairs"]) =>
      runObjective(
        objective(async (context) => void await prepare(context), { pairs }),
        { ...options, minutes: 0 },
      );
    // The table of the shipped objectives' kind: what is declared is seen, all else is refused.
    const sketchAndWords = [["sketch", "words"], ["sketch", "sketch"]];
    await run(({ pairs }) => {
      pairs.caption("train", 0, 0);
      return pairs.sample("sketch", "train", 0);
    }, sketchAndWords);
    await assertRejects(
      () => run(({ pairs }) => pairs.sample("tune", "train", 0), sketchAndWords),
      RangeError,
      'Cannot show "tune" to the objective "denoise sketch": it declared "sketch", "words"',
    );
    await assertRejects(
      () => run(({ pairs }) => pairs.caption("train", 0, 0), [["sketch"]]),
      RangeError,
      'Cannot show "words" to the objective "denoise sketch": it declared "sketch"',
    );

    // Two pairs with one end in common are not a triple.
    const chain = [["sketch", "words"], ["words", "tune"]];
    await assertRejects(
      () => run(({ pairs }) => pairs.sample("words", "train", 0), chain),
      RangeError,
      '"sketch" and "tune" are no pair that it declared, so it takes one pair at a time',
    );
    await run(async ({ pair }) => {
      await pair("tune", "words").sample("tune", "train", 0);
      await pair("words", "sketch").sample("sketch", "train", 0);
      pair("words").caption("train", 0, 0);
    }, chain);
    await assertRejects(
      () => run(({ pair }) => pair("words", "sketch").sample("tune", "train", 0), chain),
      RangeError,
      'Cannot show "tune" to the objective "denoise sketch": it declared "words", "sketch"',
    );
    await assertRejects(
      () => run(({ pair }) => pair("sketch", "tune"), chain),
      RangeError,
      'Cannot show "sketch" with "tune" to the objective "denoise sketch": it declared "sketch+words", "words+tune"',
    );
  }));

Deno.test("runObjective() computes a cached tensor once", () =>
  inFolder(async (options) => {
    let computed = 0;
    let given: Tensor | undefined;
    const value = tensor([2, 3], Float32Array.of(1, -0, 1e-40, 1 / 3, 5, 6));
    const key = "latents train 24,5: ä/../b";
    const trained = objective(async ({ cached }) => {
      given = await cached(key, () => {
        computed++;
        return Promise.resolve(value);
      });
    });
    const run = async () => {
      await runObjective(trained, { ...options, minutes: 0 });
      assertEquals(given!.shape, [2, 3]);
      assertEquals(new Uint8Array(given!.data.buffer), new Uint8Array(value.data.buffer));
      return computed;
    };
    assertEquals(await run(), 1);
    assertEquals(await run(), 1, "read from disk, bit for bit");
    const cache = join(options.directory, "cache");
    const names = Object.keys(await contents(cache));
    assertEquals(names, ["latents-train-24-5-b.safetensors"]);

    // A damaged file is made anew.
    const path = join(cache, names[0]!);
    const whole = await Deno.readFile(path);
    await Deno.writeFile(path, whole.subarray(0, whole.length - 3));
    assertEquals(await run(), 2);
    assertEquals(await Deno.readFile(path), whole);
    await Deno.writeTextFile(path, "");
    assertEquals(await run(), 3);
    // So is one of another key that has the same name.
    await writeWeights(path, { value: tensor([1]) }, { metadata: { key: "latents train 24/5 b" } });
    assertEquals(await run(), 4);
    assertEquals(await run(), 4);
  }));

Deno.test("runObjective() computes a cached tensor anew when data or frozen weights change", () =>
  inFolder(async (options) => {
    let computed = 0;
    const trained = objective(async ({ cached }) => {
      await cached("latents", () => Promise.resolve(tensor([1], Float32Array.of(++computed))));
    });
    const run = async (changes: Partial<RunObjectiveOptions> = {}) => {
      await runObjective(trained, { ...options, minutes: 0, ...changes });
      return computed;
    };
    assertEquals([await run(), await run()], [1, 1]);
    const { locate } = options;
    await writeWeights(locate(FROZEN[0]!), { weight: tensor([2], Float32Array.of(0, 1.5)) });
    assertEquals([await run(), await run()], [2, 2]);
    assertEquals(await run({ dataset: { ...dataset, name: "other data" } }), 3);
  }));
