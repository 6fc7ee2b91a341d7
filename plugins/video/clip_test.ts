import { assertEquals, assertThrows } from "@std/assert";
import { tensor } from "@codi/core/tensor";
import {
  CLIP_SHAPE,
  clipBatch,
  FRAME_COUNT,
  FRAME_RATE,
  FRAME_SHAPE,
  requireClip,
  splitClips,
  splitFrames,
} from "./clip.ts";

const clip = (value: number) =>
  tensor(CLIP_SHAPE, tensor(CLIP_SHAPE).data.map((_, i) => value + i));

Deno.test("clipBatch() and splitClips() are inverse", () => {
  const clips = [clip(0), clip(0.5)];
  const batch = clipBatch(clips);
  assertEquals(batch.shape, [2, 16, 3, 64, 64]);
  assertEquals(splitClips(batch), clips);
  assertEquals(
    splitClips({ shape: [32, 3, 64, 64], data: batch.data }),
    clips,
    "frames on one axis",
  );
});

Deno.test("splitFrames() gives the frames in order", () => {
  const frames = splitFrames(clip(0));
  assertEquals([frames.length, frames.length / FRAME_RATE], [FRAME_COUNT, 2]);
  assertEquals(frames.map(({ data }) => data[0]), frames.map((_, i) => i * 3 * 64 * 64));
  assertEquals(frames.at(-1)!.shape, [...FRAME_SHAPE]);
});

Deno.test("requireClip() and splitClips() refuse other shapes", () => {
  for (const shape of [[3, 64, 64], [15, 3, 64, 64], [1, 16, 3, 64, 64]]) {
    assertThrows(
      () => requireClip(tensor(shape), "write"),
      RangeError,
      `Cannot write a clip of shape [${shape}]`,
    );
    assertThrows(() => clipBatch([clip(0), tensor(shape)]), RangeError, "Cannot read a clip");
  }
  for (const shape of [[17, 3, 64, 64], [16, 64, 64, 3]]) {
    assertThrows(() => splitClips(tensor(shape)), RangeError, `a batch of shape [${shape}]`);
  }
});
