import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Numbers, withModalities } from "./_testing.ts";
import { load } from "./mod.ts";

const options = { session: { threads: 1 } };

function assertClose(actual: Numbers, expected: Numbers, tolerance = 1e-5): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i]!, tolerance));
}

function gap(a: Numbers, b: Numbers): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

Deno.test("generate() with prompts side by side gives to parts of one prompt what it gives to the whole", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const sample = [1, 2, -1, 0.5];
    const part = (weight: number) => words.prompt(sample, { weight });
    const away = (weight: number) => words.prompt([0, 1, 3, 0], { weight, negative: true });
    const generate = async (...prompts: ReturnType<typeof part>[]) =>
      await codi.generate({ prompts, mixing: "tokens", to: ["sketch", "tune"], steps: 4 });
    const whole = await generate(part(1), away(1));
    for (
      const parts of [
        [part(1), part(1), away(1)],
        [part(0.2), part(0.5), part(0.3), away(1)],
        [part(1), away(1), away(3)],
        [part(1), part(2), part(1), away(0.1), away(7)],
      ]
    ) {
      const made = await generate(...parts);
      assertClose(made.sketch, whole.sketch);
      assertClose(made.tune, whole.tune);
    }
    // One that hardly counts does nothing; one that does, does something else than their mix.
    const other = tune.prompt([0, -1, 2, 1], { weight: 1e-6 });
    assertClose((await generate(part(1), other, away(1))).sketch, whole.sketch, 1e-3);
    const both = [part(1), tune.prompt([0, -1, 2, 1])];
    const { sketch: tokens } = await generate(...both);
    const { sketch: unit } = await codi.generate({
      prompts: both,
      mixing: "unit",
      to: ["sketch", "tune"],
      steps: 4,
    });
    assert(gap(tokens, unit) > 1e-3, `${[tokens, unit]}`);
    assertClose((await generate(...both.toReversed())).sketch, tokens);
  }, { sideBySide: true, hears: true }));

Deno.test("generateBatch() with prompts side by side makes samples with any number of them as alone", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const [a, b, c] = [[1, 2, -1, 0.5], [0, -1, 2, 1], [3, 0, 0, 1]].map((sample) =>
      words.prompt(sample)
    );
    const away = tune.prompt([-2, 0, 0, 1], { negative: true });
    const samples = [
      { prompts: [a!, b!, c!, away] },
      { prompts: [b!], number: 7 },
      { prompts: [] },
      { prompts: [away, a!, c!] },
    ];
    const shared = { prompts: [], mixing: "tokens", to: ["sketch", "tune"], steps: 3 } as const;
    const together = await codi.generateBatch({ ...shared, samples });
    for (const [place, sample] of samples.entries()) {
      const [alone] = await codi.generateBatch({
        ...shared,
        samples: [{ number: place, ...sample }],
      });
      assertClose(together[place]!.sketch, alone!.sketch);
      assertClose(together[place]!.tune, alone!.tune);
    }
    assert(gap(together[0]!.sketch, together[3]!.sketch) > 1e-3);
  }, { sideBySide: true, hears: true }));

Deno.test("generate() gives a network without context tokens the mix in their place", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const prompts = [words.prompt([1, 2, -1, 0.5]), tune.prompt([0, -1, 2, 1], { weight: 2 })];
    const generate = async (mixing: "sum" | "tokens" | "unit") =>
      await codi.generate({ prompts, mixing, to: ["sketch"], steps: 3 });
    assertEquals(await generate("tokens"), await generate("unit"));
    assert(gap((await generate("tokens")).sketch, (await generate("sum")).sketch) > 1e-3);
  }));
