import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { mixEmbeddings } from "../conditioning/mod.ts";
import type { SamplerName } from "../diffusion/mod.ts";
import { readWeights, writeWeights } from "../weights/mod.ts";
import { type Numbers, partPath, withModalities } from "./_testing.ts";
import { type GenerationStep, load } from "./mod.ts";

const options = { session: { threads: 1 } };

function assertClose(actual: Numbers, expected: Numbers, tolerance: number): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i]!, tolerance));
}

function gap(a: Numbers, b: Numbers): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

Deno.test("generate() is the decoded mix of what the prompts ask for, under guidance", () =>
  withModalities(async ({ folder, words, sketch, tune }) => {
    // A network that predicts the clean latent from the condition alone, so that the result is known.
    const path = partPath(folder, "sketch", "diffusion");
    const { tensors, metadata } = await readWeights(path);
    for (const name of ["z.weight", "time.weight", "time.bias"]) tensors[name]!.data.fill(0);
    await writeWeights(path, tensors, { metadata });
    const decoder = (await readWeights(partPath(folder, "sketch", "autoencoder"))).tensors;

    await using codi = await load([words, sketch, tune], options);
    const predict = (embedding: Float32Array | undefined): Numbers =>
      [0, 1, 2, 3].map((row) => {
        if (embedding === undefined) return tensors["none"]!.data[row]!;
        const weights = tensors["condition.weight"]!.data.subarray(256 * row, 256 * row + 256);
        return 16 * weights.reduce((sum, weight, i) => sum + weight * embedding[i]!, 0);
      });
    const decode = (latent: Numbers): Numbers =>
      [0, 1, 2, 3].map((row) =>
        latent.reduce(
          (sum, value, i) => sum + decoder["decoder.weight"]!.data[4 * row + i]! * value,
          0,
        )
      );
    const guided = (c: Numbers, u: Numbers, scale: number) =>
      decode(c.map((value, i) => u[i]! + scale * (value - u[i]!)));

    const a = words.prompt([1, 2, -1, 0.5], { weight: 3 });
    const b = tune.prompt([0, -1, 2, 1]);
    const away = words.prompt([-2, 0, 0, 1], { negative: true });
    const mix = async (rule: "sum" | "unit") =>
      mixEmbeddings([
        { embedding: await codi.embed(a), weight: 3 },
        { embedding: await codi.embed(b), weight: 1 },
      ], rule);
    const generate = async (request: Partial<Parameters<typeof codi.generate>[0]>) =>
      (await codi.generate({ prompts: [a, b], to: ["sketch"], steps: 5, ...request })).sketch;
    const mixed = predict(await mix("unit"));
    const none = predict(undefined);
    const negative = predict(await codi.embed(away));

    for (const sampler of ["ddim", "euler", "dpm++", "unipc"] as const) {
      assertClose(await generate({ sampler }), guided(mixed, none, 2), 1e-3);
    }
    assertClose(await generate({ guidance: 3.5 }), guided(mixed, none, 3.5), 1e-3);
    assertClose(await generate({ guidance: { sketch: 0 } }), decode(none), 1e-3);
    assertClose(await generate({ guidance: { tune: 9 } }), guided(mixed, none, 2), 1e-3);
    assertClose(await generate({ guidance: 1 }), decode(mixed), 1e-3);
    assertClose(
      await generate({ mixing: "sum", guidance: 1 }),
      decode(predict(await mix("sum"))),
      1e-3,
    );
    assertClose(
      await generate({ prompts: [a, b, away] }),
      guided(mixed, negative, 2),
      1e-3,
    );
    assertClose(await generate({ prompts: [away], guidance: 3 }), guided(none, negative, 3), 1e-3);
    assertClose(await generate({ prompts: [] }), decode(none), 1e-3);
  }, { prediction: "x0" }));

Deno.test("generateBatch() makes sample i the same whatever is made beside it", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const prompts = [words.prompt([1, 0, 1, 0])];
    for (const sampler of ["dpm++", "euler-ancestral", "ddpm"] as SamplerName[]) {
      const request = { prompts, sampler, seed: 11, steps: 4 };
      const batch = await codi.generateBatch({ ...request, to: ["sketch"], count: 5 });
      assertEquals(batch.length, 5);
      const later = await codi.generateBatch({ ...request, to: ["sketch"], first: 3, count: 2 });
      const joint = await codi.generateBatch({ ...request, to: ["tune", "sketch"], first: 4 });
      assertClose(later[0]!.sketch, batch[3]!.sketch, 1e-4);
      assertClose(later[1]!.sketch, batch[4]!.sketch, 1e-4);
      assertClose(joint[0]!.sketch, batch[4]!.sketch, 1e-4);
      assert(gap(joint[0]!.sketch, joint[0]!.tune) > 1e-2, "modalities have noise of their own");
      assert(gap(batch[0]!.sketch, batch[1]!.sketch) > 1e-2, "so do samples");
      const one = await codi.generate({ ...request, to: ["sketch"] });
      assertClose(one.sketch, batch[0]!.sketch, 1e-4);
      const other = await codi.generate({ ...request, to: ["sketch"], seed: 12 });
      assert(gap(other.sketch, one.sketch) > 1e-2, "and seeds");
    }
  }));

Deno.test("generate() repeats itself bit for bit", () =>
  withModalities(async ({ words, sketch, tune }) => {
    const run = async () => {
      await using codi = await load([words, sketch, tune], options);
      const prompts = [words.prompt([1, 0, 1, 0]), sketch.prompt([3, 1, 0, 0], { weight: 0.2 })];
      return await codi.generate({ prompts, to: ["sketch", "tune"], steps: 3, seed: 0.5 });
    };
    const [first, second] = [await run(), await run()];
    assertEquals(Object.keys(first), ["sketch", "tune"], "what was asked for and nothing else");
    assertEquals(first, second);
  }));

Deno.test("generate() leaves negative prompts out up to guidance 1, and all at 0", () =>
  withModalities(async ({ words, sketch }) => {
    await using codi = await load([words, sketch], options);
    const positive = words.prompt([1, 0, 1, 0]);
    const negative = words.prompt([0, 1, -1, 0], { negative: true });
    const generate = async (guidance: number, ...prompts: (typeof positive)[]) =>
      (await codi.generate({ prompts, guidance, to: ["sketch"], steps: 3 })).sketch;
    for (const guidance of [0.5, 1]) {
      const without = await generate(guidance, positive);
      assertEquals(await generate(guidance, positive, negative), without);
    }
    assert(gap(await generate(0.5, positive), await generate(1, positive)) > 1e-2);
    assertEquals(await generate(0, positive, negative), await generate(1));
    assert(gap(await generate(3, positive, negative), await generate(3, positive)) > 1e-2);
    assert(gap(await generate(3, positive), await generate(1, positive)) > 1e-2);
    assertEquals(await generate(1), await generate(7), "nothing to guide from without prompts");
  }));

Deno.test("generateSteps() yields every step with its estimate, and returns the samples", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const prompts = [words.prompt([1, 0, 1, 0])];
    for (const sampler of ["ddim", "heun"] as const) {
      const generation = codi.generateSteps({
        prompts,
        sampler,
        to: ["sketch", "tune"],
        steps: 4,
        count: 3,
      });
      const seen: GenerationStep[] = [];
      let result = await generation.next();
      for (; !result.done; result = await generation.next()) seen.push(result.value);
      assertEquals(seen.map(({ step, steps }) => [step, steps]), [[0, 4], [1, 4], [2, 4], [3, 4]]);
      for (const { denoised } of seen) {
        assertEquals(Object.keys(denoised), ["sketch", "tune"]);
        for (const { shape } of Object.values(denoised)) assertEquals(shape, [3, 2, 2]);
      }
      // The last step goes to the estimate itself, so its preview is the result.
      const preview = await codi.decode("sketch", seen.at(-1)!.denoised["sketch"]!) as Numbers[];
      preview.forEach((sample, i) => assertClose(sample, result.value[i]!.sketch, 1e-4));
      assert(
        gap(
          preview[0]!,
          (await codi.decode("sketch", seen[0]!.denoised["sketch"]!))[0] as Numbers,
        ) > 1e-3,
      );
    }
  }));

Deno.test("embed() gives vectors of length 1, similarity() their cosine, symmetric", () =>
  withModalities(async ({ words, sketch }) => {
    await using codi = await load([words, sketch], options);
    const prompts = [
      words.prompt([1, 2, 3, 4]),
      words.prompt([-4, 0.1, 7, 1e-3], { weight: 9, negative: true }),
      sketch.prompt([1, 2, 3, 4]),
    ];
    for (const prompt of prompts) {
      const embedding = await codi.embed(prompt);
      assertEquals(embedding.length, 256);
      assertAlmostEquals(Math.hypot(...embedding), 1, 1e-5);
      assertAlmostEquals(await codi.similarity(prompt, prompt), 1, 1e-6);
    }
    const [a, b, c] = prompts;
    assertEquals(await codi.similarity(a!, b!), await codi.similarity(b!, a!));
    assertEquals(await codi.similarity(a!, c!), await codi.similarity(c!, a!));
    assert(Math.abs(await codi.similarity(a!, c!)) < 0.99, "encoders are modalities' own");
    const [x, y] = [await codi.embed(a!), await codi.embed(b!)];
    const cosine = x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    assertAlmostEquals(await codi.similarity(a!, b!), cosine, 1e-5);
  }));

Deno.test("generateBatch() makes samples with prompts and seeds of their own as it makes them alone", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const [a, b] = [words.prompt([1, 2, -1, 0.5]), tune.prompt([0, -1, 2, 1])];
    const away = words.prompt([-2, 0, 0, 1], { negative: true });
    const samples = [
      { prompts: [a], seed: 3 },
      { prompts: [b, away], number: 7 },
      { prompts: [] },
      {},
    ];
    const shared = { prompts: [a, b], to: ["sketch"], steps: 4, seed: 5 } as const;
    const together = await codi.generateBatch({ ...shared, samples });
    const alone = [
      await codi.generateBatch({ ...shared, prompts: [a], seed: 3 }),
      await codi.generateBatch({ ...shared, prompts: [b, away], first: 7 }),
      await codi.generateBatch({ ...shared, prompts: [], first: 2 }),
      await codi.generateBatch({ ...shared, first: 3 }),
    ];
    alone.forEach(([one], i) => assertClose(together[i]!.sketch, one!.sketch, 1e-5));
    assert(gap(together[2]!.sketch, together[3]!.sketch) > 1e-3);
    await assertRejects(
      () => codi.generateBatch({ ...shared, samples: [] }),
      RangeError,
      "Cannot generate no samples",
    );
    const decoding = { sketch: { contrast: 2 } };
    await assertRejects(
      () => codi.generateSteps({ ...shared, decoding }).next(),
      RangeError,
      'Cannot decode "sketch" with contrast "2": there are no settings of "sketch"',
    );
  }));
