import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type SamplerName, samplers } from "../diffusion/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { bestCandidates, comparedAfter } from "./_candidates.ts";
import { rowsIn } from "./_rows.ts";
import { type Numbers, withModalities } from "./_testing.ts";
import { load } from "./mod.ts";

const options = { session: { threads: 1 } };
const hears = { hears: true };

function assertClose(actual: Numbers, expected: Numbers): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-4));
}

function gap(a: Numbers, b: Numbers): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

Deno.test("of several candidates the one nearest to the prompt goes on", () =>
  withModalities(async ({ words, sketch }) => {
    await using codi = await load([words, sketch], options);
    const prompt = words.prompt([1, 0, 1, 0]);
    // In one step, what is compared is what comes out.
    const nearness = async (seed: number, candidates: number) => {
      const request = { prompts: [prompt], seed, candidates, to: ["sketch"], steps: 1 } as const;
      return await codi.similarity(prompt, sketch.prompt((await codi.generate(request)).sketch));
    };
    let nearer = 0;
    for (let seed = 0; seed < 4; seed++) {
      const [one, two, eight] = [
        await nearness(seed, 1),
        await nearness(seed, 2),
        await nearness(seed, 8),
      ];
      assert(two >= one - 1e-5 && eight >= two - 1e-5, `${one}, ${two}, ${eight}`);
      if (eight > one + 1e-4) nearer++;
    }
    assert(nearer >= 2, "others are nearer than the first");
  }));

Deno.test("a candidate that goes on becomes what it would have been by itself, with every sampler", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const prompts = [words.prompt([1, 0, 1, 0])];
    for (const sampler of Object.keys(samplers) as SamplerName[]) {
      const request = { prompts, to: ["sketch", "tune"], sampler, steps: 5, count: 6 } as const;
      const alone = await codi.generateBatch(request);
      const chosen = await codi.generateBatch({ ...request, candidates: 2 });
      const same = chosen.filter(({ sketch, tune }, i) =>
        gap(sketch, alone[i]!.sketch) < 1e-4 && gap(tune, alone[i]!.tune) < 1e-4
      );
      assert(same.length > 0 && same.length < 6, `${sampler}: the first won ${same.length} of 6`);
    }
  }, hears));

Deno.test("a sample with candidates is the same whatever is made beside it", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const prompts = [words.prompt([1, 0, 1, 0])];
    const request = { prompts, seed: 5, steps: 4, candidates: 3 } as const;
    const batch = await codi.generateBatch({ ...request, to: ["sketch"], count: 4 });
    const [third] = await codi.generateBatch({ ...request, to: ["sketch"], first: 2 });
    assertClose(third!.sketch, batch[2]!.sketch);
    const apart = { ...request, candidates: { sketch: 3 }, environment: 0 } as const;
    const both = await codi.generateBatch({ ...apart, to: ["tune", "sketch"], count: 4 });
    both.forEach(({ sketch }, i) => assertClose(sketch, batch[i]!.sketch));
    const tunes = await codi.generateBatch({ prompts, seed: 5, steps: 4, to: ["tune"], count: 4 });
    both.forEach(({ tune }, i) => assertClose(tune, tunes[i]!.tune));
  }, hears));

Deno.test("candidates are as many as asked for, or as the modality has where it hears no other", () =>
  withModalities(async ({ words, sketch, tune }) => {
    const trying = { ...sketch, diffusion: { ...sketch.diffusion!, candidates: 4 } };
    await using codi = await load([words, trying, tune], options);
    const prompts = [words.prompt([1, 0, 1, 0])];
    const alone = { prompts, to: ["sketch"] } as const;
    const both = { prompts, to: ["sketch", "tune"] } as const;
    assertEquals(await codi.candidates(alone), { sketch: 4 } as Record<string, number>);
    assertEquals(await codi.candidates(both), { sketch: 1, tune: 1 } as Record<string, number>);
    assertEquals(
      await codi.candidates({ ...both, environment: 0 }),
      { sketch: 4, tune: 1 } as Record<string, number>,
    );
    assertEquals(
      await codi.candidates({ ...both, candidates: { tune: 3 } }),
      { sketch: 3, tune: 3 } as Record<string, number>,
      "what is denoised together is chosen together",
    );
    assertEquals(
      await codi.candidates({ ...alone, prompts: [], candidates: 3 }),
      { sketch: 1 } as Record<string, number>,
      "there is nothing to compare with",
    );
    assertEquals(
      await codi.candidates({ ...both, prompts: [], candidates: 3 }),
      { sketch: 3, tune: 3 } as Record<string, number>,
      "but the outputs with each other",
    );
    assertEquals(
      await codi.candidates({ ...both, prompts: [] }),
      { sketch: 3, tune: 3 } as Record<string, number>,
      "from nothing they have but each other",
    );
    const tunes = { prompts: [], follow: { sketch: [1, -1] }, to: ["tune"] } as const;
    assertEquals(await codi.candidates(tunes), { tune: 1 } as Record<string, number>);
    assertEquals(
      await codi.candidates({ ...alone, guidance: 0 }),
      { sketch: 1 } as Record<string, number>,
      "prompts are ignored",
    );
    const four = await codi.generate({ ...alone, candidates: 4 });
    assertEquals(await codi.generate(alone), four);
    for (const candidates of [0, 1.5, 65]) {
      await assertRejects(
        () => codi.generate({ ...alone, candidates }),
        RangeError,
        `Cannot try "${candidates}" candidates`,
      );
    }
  }, hears));

Deno.test("a sample from nothing is the same beside one with a prompt, which tries fewer", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const request = { prompts: [], to: ["sketch", "tune"], steps: 5 } as const;
    const samples = Array.from({ length: 4 }, (_, seed) => ({ seed, number: 0, prompts: [] }));
    const alone = await codi.generateBatch({ ...request, samples });
    const first = await codi.generateBatch({ ...request, samples, candidates: 1 });
    assert(alone.some(({ tune }, i) => gap(tune, first[i]!.tune) > 1e-2), "others win");
    const prompted = { seed: 9, number: 0, prompts: [words.prompt([1, 0, 1, 0])] };
    const mixed = await codi.generateBatch({ ...request, samples: [prompted, ...samples] });
    alone.forEach(({ sketch, tune }, i) => {
      assertClose(mixed[i + 1]!.sketch, sketch);
      assertClose(mixed[i + 1]!.tune, tune);
    });
    const [single] = await codi.generateBatch({ ...request, samples: [prompted], candidates: 1 });
    assertClose(mixed[0]!.sketch, single!.sketch);
  }, hears));

Deno.test("candidates are chosen by negative prompts as far as guidance heeds them", () =>
  withModalities(async ({ words, sketch }) => {
    await using codi = await load([words, sketch], options);
    const positive = words.prompt([1, 0, 1, 0]);
    const prompts = [positive, words.prompt([1, 0, 0, 1], { negative: true })];
    const request = { to: ["sketch"], steps: 4, candidates: 6, count: 6 } as const;
    const all = async (guidance: number) => [
      await codi.generateBatch({ ...request, guidance, prompts: [positive] }),
      await codi.generateBatch({ ...request, guidance, prompts }),
    ];
    const [plain, same] = await all(1);
    assertEquals(same, plain);
    const [, steered] = await all(3);
    assert(steered!.some(({ sketch }, i) => gap(sketch, plain![i]!.sketch) > 1e-2));
  }));

Deno.test("candidates are tried in the steps that were asked for, and can be given up", () =>
  withModalities(async ({ words, sketch }) => {
    await using codi = await load([words, sketch], options);
    const request = {
      prompts: [words.prompt([1, 0, 1, 0])],
      to: ["sketch"],
      steps: 5,
      count: 2,
      candidates: 3,
    } as const;
    const seen: [number, readonly number[]][] = [];
    for await (const { step, denoised } of codi.generateSteps(request)) {
      seen.push([step, denoised["sketch"]!.shape]);
    }
    assertEquals(seen, [0, 1, 2, 3, 4].map((step) => [step, [2, 2, 2]]));
    const controller = new AbortController();
    const steps = codi.generateSteps({ ...request, signal: controller.signal });
    await steps.next();
    controller.abort(new Error("enough"));
    await assertRejects(() => steps.next(), Error, "enough");
  }));

Deno.test("bestCandidates() weighs prompts, negative prompts, the other outputs and what is followed", () => {
  const [x, y, z] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map((row) => Float32Array.from(row)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const towards = (mixed: Float32Array) => ({ mixed, prompts: [mixed], shares: [1] });
  const none = { positive: [undefined], negative: [undefined] };
  const best = (given: Partial<Parameters<typeof bestCandidates>[0]>) =>
    bestCandidates({
      candidates: [3],
      conditions: none,
      embeddings: [],
      said: [],
      followed: [],
      ...given,
    });
  const embeddings = [[x, y, z]];
  assertEquals(best({ embeddings, conditions: { ...none, positive: [towards(y)] } }), [1]);
  assertEquals(best({ embeddings, conditions: { ...none, negative: [towards(x)] } }), [1]);
  assertEquals(best({ said: [[x, y, z], [y, z, z]] }), [2], "outputs fit each other");
  assertEquals(best({ said: [[x, y, z]], followed: [z] }), [2], "and what is followed");
  assertEquals(best({ embeddings }), [0], "the first of equals");
  const broken = { ...none, positive: [towards(Float32Array.of(NaN, 0, 0))] };
  assertEquals(
    best({ embeddings, conditions: broken }),
    [0],
    "the first where nothing can be told",
  );
  // Two samples, the candidates of one beside each other.
  const conditions = { positive: [towards(y), towards(z)], negative: [undefined, undefined] };
  assertEquals(best({ candidates: [2, 2], embeddings: [[x, y, y, z]], conditions }), [1, 3]);
  assertEquals(best({ candidates: [1, 3], embeddings: [[x, x, y, z]], conditions }), [0, 3]);
});

Deno.test("comparedAfter() is later where outputs hear others", () => {
  const steps = [1, 2, 3, 12, 25];
  const alone = { outputs: [], listeners: new Map() };
  const hearing = { heard: [], scale: 1, shift: 1 };
  const together = { outputs: [], listeners: new Map([["sketch", hearing]]) };
  assertEquals(steps.map((number) => comparedAfter(alone, number)), [1, 1, 1, 4, 9]);
  assertEquals(steps.map((number) => comparedAfter(together, number)), [1, 1, 2, 6, 13]);
});

Deno.test("rowsIn() gives each row by itself", () => {
  const rows: Tensor = tensor([3, 2], Float32Array.of(0, 1, 2, 3, 4, 5));
  assertEquals(rowsIn(rows).map((row) => [...row]), [[0, 1], [2, 3], [4, 5]]);
});
