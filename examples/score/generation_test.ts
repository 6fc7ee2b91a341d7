import { assert, assertEquals } from "@std/assert";
import { load } from "@codi/core";
import { text } from "@codi/text";
import { type Score, score } from "./mod.ts";

/** Scores with a stroke in some slots. */
const of = (thing: string, pitches: readonly number[]): Score => ({
  thing,
  strokes: pitches.map((pitch, index) => ({ slot: 4 * index, pitch })),
});

Deno.test("the shipped networks write what a sentence asks for, file by file the same", async () => {
  await using codi = await load([text, score], { session: { threads: 1 } });
  const things = ["trumpet", "flute", "harp", "piano", "violin", "drum", "bell", "banjo"];
  const samples = things.map((thing, number) => ({
    number,
    prompts: [text.prompt(`three strokes of a ${thing}`)],
  }));
  const request = { prompts: [], to: ["score"], seed: 1, steps: 15 } as const;
  const made = await codi.generateBatch({ ...request, samples });
  const right = made.filter((one, index) => one.score.thing === things[index]).length;
  assert(right >= 6, `${right} of ${things.length} things are right`);
  const [again] = await codi.generateBatch({ ...request, samples: samples.slice(0, 1) });
  assertEquals(
    await score.codec.encode(again!.score),
    await score.codec.encode(made[0]!.score),
    "a sample does not change with what is made beside it",
  );
});

Deno.test("a sentence is nearer to its score than to others, in the space they share", async () => {
  await using codi = await load([text, score], { session: { threads: 1 } });
  const nearest = async (sentence: string, scores: readonly Score[]) => {
    const near = await Promise.all(
      scores.map((one) => codi.similarity(text.prompt(sentence), score.prompt(one))),
    );
    return { place: near.indexOf(Math.max(...near)), near };
  };
  // One stroke each: a sentence that names a thing alone is of one rather than of three.
  const things = [of("trumpet", [64]), of("harp", [64]), of("maracas", [70]), of("sea wave", [57])];
  for (
    const [index, sentence] of ["a trumpet", "someone plays a harp", "maracas", "a sea wave"]
      .entries()
  ) {
    const { place, near } = await nearest(sentence, things);
    assertEquals(place, index, `${sentence}: ${near}`);
  }
  const melodies = [of("harp", [60, 64, 68]), of("harp", [68, 64, 60]), of("harp", [64, 64])];
  for (
    const [index, sentence] of [
      "three rising notes of a harp",
      "three falling notes of a harp",
      "two notes of a harp",
    ].entries()
  ) {
    const { place, near } = await nearest(sentence, melodies);
    assertEquals(place, index, `${sentence}: ${near}`);
  }
});
