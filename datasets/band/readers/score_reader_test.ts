import { assert, assertEquals } from "@std/assert";
import { scene, type SceneScore, scoreOf, THINGS } from "@codi/band";
import { readScore } from "./score_reader.ts";

Deno.test("readScore() reads every factor of every scene's score", () => {
  let contours = 0;
  for (const split of ["train", "held-out"] as const) {
    for (let index = 0; index < 400; index++) {
      const one = scene(split, index);
      const { thing, count, contour, register, slots } = readScore(scoreOf(one));
      assertEquals([thing, count, contour, register], [
        ...[one.thing, one.count, one.contour, one.register],
      ], `${split} ${index}`);
      assertEquals(slots, one.rhythm);
      contours += Number(contour !== undefined);
    }
  }
  assert(contours > 100, `only ${contours} contours were read`);
});

Deno.test("readScore() finds no contour where keys move in several ways, or there is no pitch", () => {
  const played = (thing: SceneScore["thing"], ...pitches: number[]): SceneScore => ({
    thing,
    strokes: pitches.map((pitch, i) => ({ slot: 3 * i, pitch })),
  });
  const contours = [[60, 64, 67], [67, 64, 60], [64, 64], [60, 64, 64], [60, 67, 64], [60]]
    .map((pitches) => readScore(played("trumpet", ...pitches)).contour);
  assertEquals(contours, ["rising", "falling", "steady", undefined, undefined, undefined]);
  const plain = THINGS.find(({ pitched }) => !pitched)!.name;
  const { contour, register, count } = readScore(played(plain, 60, 64));
  assertEquals([contour, register, count], [undefined, undefined, 2]);
});
