import { assert, assertEquals } from "@std/assert";
import type { Art } from "./art.ts";
import { CLIP_FRAMES, clipPoses, drawClip } from "./clip.ts";
import { backgroundOf, MARGIN, PICTURE_SIDE } from "./draw.ts";
import { drawing } from "./drawing.ts";
import { type Scene, scene } from "./scene.ts";

const PLANE = PICTURE_SIDE * PICTURE_SIDE;
const FRAME = 3 * PLANE;
const block = drawing("guitar", "noto", {
  width: 100,
  height: 128,
  pixels: new Uint8Array(4 * 100 * 128).fill(255),
});
const art: Art = { drawings: [block], drawing: () => block };

/** A scene of certain strokes, upright, so that rows can be compared. */
const sceneOf = (changes: Partial<Scene>): Scene => ({
  ...scene("train", 0),
  placement: { size: 54, tilt: 0, x: 0, y: -1 },
  ...changes,
});

/** The first and the last row of every frame that is not background alone. */
function rowsOf(one: Scene): [top: number, bottom: number][] {
  const { data } = drawClip(one, art);
  const shade = backgroundOf(one)[0] / 127.5 - 1;
  return Array.from({ length: CLIP_FRAMES }, (_, frame) => {
    const rows = Array.from({ length: PLANE }, (_, i) => i)
      .filter((i) => Math.abs(data[frame * FRAME + i]! - shade) > 1e-6)
      .map((i) => Math.floor(i / PICTURE_SIDE));
    return [Math.min(...rows), Math.max(...rows)];
  });
}

/** By how much the thing's base is above its place in the frame of each stroke and the next. */
function hopsOf(one: Scene): [number, number][] {
  const rows = rowsOf(one);
  const rest = Math.max(...rows.map(([, bottom]) => bottom));
  return one.rhythm.map((slot) => [rest - rows[slot]![1], rest - rows[slot + 1]![1]]);
}

Deno.test("drawClip() hops at every stroke and is still in between", () => {
  const one = sceneOf({ count: 2, contour: "steady", rhythm: [1, 6] });
  const rows = rowsOf(one);
  const [top, bottom] = rows[0]!;
  rows.forEach((found, frame) => {
    if (frame === 1 || frame === 6) assertEquals(found, [top - 6, bottom - 6]);
    else if (frame === 2 || frame === 7) assertEquals(found, [top - 10, bottom - 10]);
    else if (frame === 3 || frame === 8) {
      assertEquals(found[1], bottom);
      assert(found[0] > top + 4 && found[0] < bottom - 20);
    } else assertEquals(found, [top, bottom]);
  });
  const { shape, data } = drawClip(one, art);
  assertEquals(shape, [16, 3, 64, 64]);
  for (const frame of [4, 5, 9, 15]) {
    assertEquals(data.subarray(frame * FRAME, (frame + 1) * FRAME), data.subarray(0, FRAME));
  }
});

Deno.test("drawClip() hops higher and higher when the contour rises", () => {
  for (const rhythm of [[0, 3], [0, 3, 6], [0, 3, 6, 9]]) {
    const count = rhythm.length as 2 | 3 | 4;
    const rising = hopsOf(sceneOf({ count, contour: "rising", rhythm }));
    const falling = hopsOf(sceneOf({ count, contour: "falling", rhythm }));
    assertEquals(falling, rising.toReversed());
    rising.forEach(([start, top], i) => {
      assert(start >= 3 && top >= start + 2);
      if (i > 0) assert(top >= rising[i - 1]![1] + 3);
    });
    const heights = new Set(hopsOf(sceneOf({ count, contour: "steady", rhythm })).map(String));
    const drums = new Set(hopsOf(sceneOf({ count, contour: undefined, rhythm })).map(String));
    assertEquals([...heights], ["6,10"]);
    assertEquals(drums, heights);
  }
});

Deno.test("drawClip() keeps the margin in every frame, and the place whatever the strokes", () => {
  const rest = new Set<string>();
  for (const contour of ["steady", "rising", "falling"] as const) {
    const one = sceneOf({ count: 4, contour, rhythm: [0, 3, 6, 9] });
    for (const [top, bottom] of rowsOf(one)) {
      assert(top >= MARGIN && bottom < PICTURE_SIDE - MARGIN, `${top}–${bottom}`);
    }
    rest.add(String(rowsOf(one).at(-1)));
  }
  assertEquals(rest.size, 1);
});

Deno.test("clipPoses() lands before the next stroke when strokes are as close as they get", () => {
  const poses = clipPoses(sceneOf({ count: 4, contour: "falling", rhythm: [4, 7, 10, 13] }));
  assertEquals(poses.length, CLIP_FRAMES);
  assertEquals(poses.map(({ lift = 0 }) => lift).slice(4), [
    ...[8, 14, 0, 7, 11, 0, 5, 8, 0, 3, 5, 0],
  ]);
  assertEquals(poses.filter(({ squash = 1 }) => squash < 1).length, 4);
});
