import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { scene } from "../scene.ts";
import { thingOf, THINGS } from "../things.ts";
import { CONTOUR_INTERVALS, registerOfKeys, strokesOf } from "./strokes.ts";

Deno.test("strokesOf() moves the keys by the contour's interval and stays in range", () => {
  const pitched = THINGS.filter((thing) => thing.pitched).map(({ name }) => name);
  for (let i = 0; i < 5000; i++) {
    const one = scene("train", i, { things: pitched });
    const keys = strokesOf(one).map(({ key }) => key);
    const [low, high] = thingOf(one.thing).sound.keys!;
    const step = { steady: 0, rising: 1, falling: -1 }[one.contour ?? "steady"];
    assertEquals(keys.length, one.count);
    keys.forEach((key, k) => {
      assert(Number.isInteger(key) && key >= low && key <= high, `${one.thing} ${key}`);
      if (k > 0) assertEquals(key - keys[k - 1]!, step * CONTOUR_INTERVALS[one.count]);
    });
  }
});

Deno.test("strokesOf() keeps the mean key a semitone away from other registers", () => {
  for (let i = 0; i < 5000; i++) {
    const one = scene("train", i);
    if (one.register === undefined) continue;
    const keys = strokesOf(one).map(({ key }) => key);
    for (const shift of [-1, 0, 1]) {
      assertEquals(registerOfKeys(one.thing, keys.map((key) => key + shift)), one.register);
    }
  }
});

Deno.test("strokesOf() follows the scene's rhythm and velocities and ignores its picture", () => {
  const one = scene("train", 3);
  const strokes = strokesOf(one);
  assertEquals(strokes.map(({ slot }) => slot), [...one.rhythm]);
  assertEquals(strokes.map(({ velocity }) => velocity), [...one.performance.velocities]);
  const repainted = { ...one, color: "green", style: "noto", shade: [0, 0, 0] } as const;
  assertEquals(strokesOf(repainted), strokes);
});

Deno.test("strokesOf() chooses every recording evenly and repeats the key of things without pitch", () => {
  for (const { name, pitched, sound } of THINGS) {
    const total = sound.programs.length + sound.drumKeys.length;
    const chosen = new Map<string, number>();
    for (let i = 0; i < 600; i++) {
      const [first, ...others] = strokesOf(scene("train", i, { things: [name] }));
      const { source, key } = first!;
      const id = source.kind === "drum" ? `drum ${key}` : `${source.bank} ${source.program}`;
      chosen.set(id, (chosen.get(id) ?? 0) + 1);
      for (const other of others) {
        assertEquals(other.source, source);
        if (!pitched) assertEquals(other.key, key);
      }
    }
    assertEquals(chosen.size, total, name);
    // Six standard deviations of a binomial count.
    for (const count of chosen.values()) {
      assertAlmostEquals(count, 600 / total, 6 * Math.sqrt(600 / total));
    }
  }
});

Deno.test("registerOfKeys() throws when there are no keys or the thing has none", () => {
  assertThrows(() => registerOfKeys("piano", []), RangeError);
  assertThrows(() => registerOfKeys("drum", [40]), RangeError);
});
