import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openArt } from "../art.ts";
import { clipPoses, drawClip } from "../clip.ts";
import { type Scene, scene } from "../scene.ts";
import { readMotion } from "./_video_motion.ts";
import { degrade } from "./degrade.ts";

const FRAME = 3 * 64 * 64;
const only = { things: ["guitar", "bell"], styles: ["noto", "twemoji"] } as const;
const art = await openArt(only);

const framesOf = ({ data }: Tensor) =>
  Array.from({ length: 16 }, (_, i) => tensor([3, 64, 64], data.slice(i * FRAME, (i + 1) * FRAME)));

Deno.test("readMotion() finds the height of every frame and which are squashed", () => {
  for (let i = 0; i < 12; i++) {
    const one = scene("test", i, only);
    const motion = readMotion(framesOf(drawClip(one, art)));
    clipPoses(one).forEach(({ lift = 0, squash = 1 }, frame) => {
      assertAlmostEquals(motion.lifts[frame]!, lift, 0.5, `scene ${i}, frame ${frame}`);
      assertEquals(motion.squashed[frame], squash < 1);
    });
    assertEquals(motion.slots, one.rhythm);
  }
});

Deno.test("readMotion() finds the hops when no two frames are alike", () => {
  for (let i = 0; i < 6; i++) {
    const one = scene("test", i, only);
    const frames = framesOf(drawClip(one, art));
    frames.forEach(({ data }, frame) => {
      const stream = random("motion", i, frame);
      const shift = 0.1 * stream.uniform() - 0.05;
      degrade(data, { blur: 1, noise: 0.1, shift: [shift, shift, shift] }, stream);
    });
    assertEquals(readMotion(frames).slots, one.rhythm);
  }
});

Deno.test("readMotion() finds the ground when the clip is mostly in the air", () => {
  const strokes = { count: 4, contour: "rising", rhythm: [0, 3, 6, 9] } as const;
  const one: Scene = { ...scene("test", 0, only), ...strokes };
  // The four resting frames go, all but two: 0, 3, 6 and 9 follow each other.
  const frames = framesOf(drawClip(one, art));
  frames.splice(12, 2);
  frames.push(frames[0]!, frames[1]!);
  const { slots, heights } = readMotion(frames);
  assertEquals(slots, [0, 3, 6, 9, 14]);
  heights.slice(0, 4).forEach((height, i) => assertAlmostEquals(height, [5, 8, 11, 14][i]!, 0.5));
});

Deno.test("readMotion() finds no hop when nothing or only the background changes", () => {
  const still = framesOf(drawClip(scene("test", 0, only), art))[0]!;
  const frames = Array.from({ length: 16 }, (_, i) => {
    const data = still.data.slice();
    const stream = random("still", i);
    degrade(data, { noise: 0.15, shift: [0.02 * i, 0, 0] }, stream);
    return tensor([3, 64, 64], data);
  });
  assertEquals(readMotion(frames).slots, []);
  const empty = Array.from({ length: 16 }, () => tensor([3, 64, 64]));
  assert(readMotion(empty).lifts.every((lift) => lift === 0));
});
