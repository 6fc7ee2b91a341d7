/** The evaluation of a modality that does not come with the program. */

import { assert, assertEquals } from "@std/assert";
import { type SceneScore, scoreOf } from "@codi/band";
import { join, toFileUrl } from "@std/path";
import { randomModalities, runOne, testContext, testFolder } from "./_testing.ts";
import { exampleModalities } from "./eval/example_modalities.ts";
import { evaluate } from "./eval/evaluate.ts";
import { openJudge } from "./eval/judges.ts";
import { score as part } from "./eval/parts/score.ts";
import type { Evaluation } from "./eval/report/evaluation.ts";
import { evaluationMarkdown } from "./eval/report/markdown.ts";
import { type Sampled, sceneOf, type SeenSample } from "./eval/trial.ts";

const QUICK = ["--quick", "--count=4", "--steps=2", "--threads=1"];

Deno.test("exampleModalities() finds the example beside the program, unless it is installed", async () => {
  const context = testContext();
  const found = await exampleModalities([], context);
  assertEquals(found.map(({ name }) => name), ["score"]);
  assertEquals(await exampleModalities(found, context), []);
  await using folder = await testFolder();
  const base = toFileUrl(join(folder.path, "apps/cli/eval/example_modalities.ts")).href;
  assertEquals(await exampleModalities([], context, base), [], "there are no examples");
  assertEquals(await exampleModalities([], context, "https://codi.invalid/a/b/c.ts"), []);
  assertEquals(context.reported(), "");
  await Deno.mkdir(join(folder.path, "examples/score"), { recursive: true });
  await Deno.writeTextFile(join(folder.path, "examples/score/mod.ts"), "export const a = 1;\n");
  assertEquals(await exampleModalities([], context, base), []);
  assert(/^Note: Cannot load the example ".*": Cannot use/.test(context.reported()));
});

Deno.test("eval measures a guest by its part alone, and leaves that out where there is none", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const guests = await exampleModalities(modalities, testContext());
  const run = join(folder.path, "run");
  const evaluation = async (): Promise<Evaluation> =>
    JSON.parse(await Deno.readTextFile(join(run, "evaluation.json")));
  const measure = (with_: typeof guests, ...args: string[]) =>
    runOne(
      { eval: (rest, context) => evaluate(rest, context, modalities, with_) },
      ["eval", ...args, ...QUICK, "--run", run],
    );
  const first = await measure(guests, "retrieval", "score");
  assertEquals(first.code, 0, first.reported);
  const { about, parts } = await evaluation();
  assertEquals(Object.keys(parts), ["retrieval", "score"]);
  assertEquals(Object.keys(about.plugins), ["text", "image", "score"]);
  assertEquals(about.environment, ["score"]);
  assert(Object.hasOwn(about.weights, "score/diffusion"));
  // deno-lint-ignore no-explicit-any
  const counts = parts["score"]!.counts as any;
  const measured = ["text>score", "image>score", "score>image"];
  assertEquals(Object.keys(counts), measured, "as far as what it takes is installed");
  assertEquals([counts["text>score"].thing.of, counts["text>score"].thing.real.share], [4, 1]);
  assert(counts["text>score"].all.right < 4, "random sentences say nothing");
  const names = parts["score"]!.rows!.map(({ name, value }) => `${name}: ${value}`);
  assert(names.includes("score>audio: not measured: audio is not installed"), names.join("\n"));
  const text = evaluationMarkdown(await evaluation());
  assert(text.includes("## A fifth modality, added from outside"), text);
  assert(/\| text → score: thing \| .* of 4 \| real 100 % .*; chance 5\.7 % \|/.test(text), text);

  // What else was measured hangs on no guest, and is known without one.
  const alone = await measure([], "retrieval", "--minutes=0");
  assertEquals(alone.code, 0, alone.reported);
  const without = await evaluation();
  assertEquals(Object.hasOwn(without.parts, "score"), false);
  assertEquals(without.parts["retrieval"], parts["retrieval"]);
  assertEquals(Object.keys(without.about.plugins), ["text", "image"]);
  assert(!evaluationMarkdown(without).includes("fifth"));
  const all = await measure([], "--estimate");
  assert(!/^score /m.test(all.printed) && /^gallery /m.test(all.printed), all.printed);
  assert(/^score +about/m.test((await measure(guests, "--estimate")).printed));
  const named = await measure([], "score");
  assertEquals(named.code, 0, named.reported);
  assert(
    named.printed.endsWith("  score  not measured: score is not installed\n\n"),
    named.printed,
  );
});

Deno.test("score counts what scores show, and how far they keep time with what is beside them", async () => {
  const judge = await openJudge("score", undefined as never);
  const heard = Array.from({ length: 12 }, (_, index) => ({ split: "held-out" as const, index }));
  const real = await judge.read(heard.map((one) => scoreOf(sceneOf(one))));
  heard.forEach((one, i) => {
    const { thing, count, contour, register, rhythm } = sceneOf(one);
    assertEquals(real[i], { thing, count, contour, register, slots: rhythm });
  });
  const late = await judge.read(heard.map((one): SceneScore => {
    const { thing, strokes } = scoreOf(sceneOf(one));
    return { thing, strokes: strokes.map(({ slot, pitch }) => ({ slot: slot + 1, pitch })) };
  }));
  const samples = (seen: (index: number) => Record<string, SeenSample>): Sampled[] =>
    heard.map((one) => ({ ...one, seed: 0, from: ["text"], seen: seen(one.index) }));
  const beside = (scores: typeof real) =>
    samples((i) => ({
      score: { ...scores[i]!, embedding: "" },
      video: { slots: sceneOf(heard[i]!).rhythm, embedding: "" },
    }));
  const name = "text (thing, count) → score + video (never paired)";
  const { rows, counts } = part.report({
    samples: {
      "text>score": samples((i) => ({
        score: { ...real[i]!, ...(i < 3 ? { thing: "none" } : {}), embedding: "" },
      })),
      [`${name}, joint`]: beside(real),
      [`${name}, apart`]: beside(late),
    },
    missing: {},
    measured: {},
    joined: [],
    scale: { quick: true, seeds: 1, share: 1, count: undefined, of: (_, few) => few },
  });
  // deno-lint-ignore no-explicit-any
  const { "text>score": single, ...joint } = counts as any;
  assertEquals([single.thing.right, single.thing.of, single.count.right], [9, 12, 12]);
  const [exact, near] = [joint[`${name}, F1 within 0`], joint[`${name}, F1 within 1`]];
  assertEquals([exact.joint.value, near.joint.value, near.apart.value], [1, 1, 1]);
  assert(exact.apart.value < 0.5 && exact.gain.value === 1 - exact.apart.value);
  const verdict = rows.find((row) => row.name.startsWith(`${name}: rhythm`))!.verdict;
  assertEquals(verdict, "goal met");
});
