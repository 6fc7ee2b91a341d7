import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { COLOR_NAMES, COLORS, nearestColor, type Rgb, SHADE_JITTER } from "./colors.ts";
import { heldOutColor, heldOutMelody, isHeldOutRhythm } from "./held_out.ts";
import { rhythmsOf, SLOTS, STROKE_COUNTS, STROKE_SLOTS } from "./rhythms.ts";
import { type Scene, scene, type SceneOptions, type Split, SPLITS } from "./scene.ts";
import { STYLES, stylesOf, TRAINING_STYLES, UNSEEN_STYLES } from "./styles.ts";
import { THING_NAMES, thingOf, THINGS } from "./things.ts";

const many = (split: Split, count: number, options?: SceneOptions): Scene[] =>
  Array.from({ length: count }, (_, i) => scene(split, i, options));

const melodyIsHeldOut = ({ thing, count, contour }: Scene): boolean => {
  const melody = heldOutMelody(thing);
  return melody !== undefined && melody.count === count && melody.contour === contour;
};

Deno.test("scene() gives the same scene when called again, and others for other keys", () => {
  for (const split of SPLITS) assertEquals(scene(split, 7), scene(split, 7));
  assertNotEquals(scene("train", 7).placement, scene("train", 8).placement);
  assertNotEquals(scene("train", 7).placement, scene("train", 7, { seed: 1 }).placement);
  assertNotEquals(scene("train", 7).placement, scene("test", 7).placement);
});

Deno.test("scene() gives nothing held out when the split is train, test or unseen-style", () => {
  for (const split of ["train", "test", "unseen-style"] as const) {
    for (const one of many(split, 10_000)) {
      assert(one.color !== heldOutColor(one.thing));
      assert(!melodyIsHeldOut(one));
      assert(!isHeldOutRhythm(one.rhythm));
    }
  }
});

Deno.test("scene() gives only held-out combinations when the split is held-out", () => {
  for (const one of many("held-out", 3000)) {
    assertEquals(one.color, heldOutColor(one.thing));
    assertEquals(melodyIsHeldOut(one), thingOf(one.thing).pitched);
    assert(isHeldOutRhythm(one.rhythm));
  }
});

Deno.test("scene() draws in unseen styles when, and only when, the split says so", () => {
  for (const split of SPLITS) {
    const styles: readonly string[] = split === "unseen-style" ? UNSEEN_STYLES : TRAINING_STYLES;
    const seen = new Set(many(split, 2000).map(({ style }) => style));
    assertEquals([...seen].sort(), [...styles].sort());
  }
});

Deno.test("scene() draws things evenly, whatever the number of their drawings", () => {
  const count = 24_000;
  const found = new Map<string, number>();
  for (const { thing } of many("train", count)) found.set(thing, (found.get(thing) ?? 0) + 1);
  for (const thing of THING_NAMES) {
    // Six standard deviations of a binomial count around 1000.
    assert(Math.abs((found.get(thing) ?? 0) - count / 24) < 190, thing);
  }
});

Deno.test("scene() gives contour and register when, and only when, they mean something", () => {
  for (const one of many("train", 3000)) {
    const { pitched } = thingOf(one.thing);
    assertEquals(one.contour !== undefined, pitched && one.count >= 2);
    assertEquals(one.register !== undefined, pitched);
    assertEquals(one.rhythm.length, one.count);
    assertEquals(one.performance.velocities.length, one.count);
    assert(stylesOf(one.thing).includes(one.style));
  }
});

Deno.test("scene() leaves the other factors as they were when one is restricted", () => {
  let kept = 0;
  for (let i = 0; i < 500; i++) {
    const free = scene("train", i);
    const { color, ...rest } = scene("train", i, { colors: ["blue", "gray", free.color] });
    assertEquals(color, free.color);
    const { color: _, ...others } = free;
    assertEquals(rest, others);

    const styled = scene("train", i, { styles: ["noto", "twemoji"] });
    assertEquals(styled.thing, free.thing);
    assertEquals(styled.color, free.color);
    assertEquals(styled.rhythm, free.rhythm);

    const strings = scene("train", i, { things: ["guitar", "violin"] });
    assertEquals(strings.placement, free.placement);
    assertEquals(strings.count, free.count);
    if (strings.color === free.color) kept++;
  }
  assert(kept > 350, `${kept} of 500 colours kept`);
});

Deno.test("scene() throws when nothing is left to choose from", () => {
  assertThrows(() => scene("train", -1), RangeError);
  assertThrows(() => scene("train", 0.5), RangeError);
  assertThrows(() => scene("train", 0, { things: [] }), RangeError);
  assertThrows(() => scene("train", 0, { styles: ["openmoji"] }), RangeError);
  assertThrows(() => scene("train", 0, { things: ["harp"], styles: ["fxemoji"] }), RangeError);
  const held = heldOutColor("harp");
  assertThrows(() => scene("train", 0, { things: ["harp"], colors: [held] }), RangeError);
});

Deno.test("heldOutColor() holds every colour out for three things", () => {
  for (const color of COLOR_NAMES) {
    assertEquals(THING_NAMES.filter((thing) => heldOutColor(thing) === color).length, 3);
  }
});

Deno.test("heldOutMelody() spreads over all nine combinations and things with pitch only", () => {
  const melodies = THINGS.map(({ name }) => heldOutMelody(name)).filter((m) => m !== undefined);
  assertEquals(melodies.length, 15);
  assertEquals(new Set(melodies.map(({ count, contour }) => `${count} ${contour}`)).size, 9);
});

Deno.test("isHeldOutRhythm() holds for 15 % of the rhythms of each number of strokes", () => {
  const held = STROKE_COUNTS.map((count) => rhythmsOf(count).filter(isHeldOutRhythm).length);
  assertEquals(held, [2, 10, 18, 11]);
});

Deno.test("rhythmsOf() gives every set of slots that leaves room, once", () => {
  assertEquals(STROKE_COUNTS.map((count) => rhythmsOf(count).length), [14, 66, 120, 70]);
  for (const rhythm of STROKE_COUNTS.flatMap(rhythmsOf)) {
    [...rhythm, SLOTS].reduce((last, slot) => {
      assert(slot - last >= STROKE_SLOTS);
      return slot;
    });
  }
});

Deno.test("nearestColor() names every shade that a scene can have", () => {
  const corners = [-SHADE_JITTER, SHADE_JITTER];
  for (const name of COLOR_NAMES) {
    for (const r of corners) {
      for (const g of corners) {
        for (const b of corners) {
          const [red, green, blue] = COLORS[name];
          const shade: Rgb = [red + r, green + g, blue + b];
          assertEquals(nearestColor(shade), name);
          assert(shade.every((value) => value >= 0 && value <= 255));
        }
      }
    }
  }
});

Deno.test("stylesOf() gives every thing at least two training styles and one unseen style", () => {
  const training: readonly string[] = TRAINING_STYLES;
  for (const thing of THING_NAMES) {
    const styles = stylesOf(thing);
    assert(styles.filter((style) => training.includes(style)).length >= 2, thing);
    assert(styles.some((style) => !training.includes(style)), thing);
  }
  assertEquals(STYLES.filter((style) => style.training).map(({ name }) => name), [
    ...TRAINING_STYLES,
  ]);
});
