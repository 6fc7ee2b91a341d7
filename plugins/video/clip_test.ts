import { assertEquals, assertThrows } from "@std/assert";
import { type Tensor, tensor } from "@codi/core/tensor";
import { CLIP_SHAPE, clipBatch, requireClip, splitClips } from "./clip.ts";

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
  for (
    const [value, kind] of [[Uint8Array.of(1), "Uint8Array"], [undefined, "undefined"]] as const
  ) {
    assertThrows(
      () => requireClip(value as unknown as Tensor, "read"),
      RangeError,
      `Cannot read a clip: it is no tensor but ${kind}`,
    );
  }
});
