import { assert, assertEquals, assertRejects } from "@std/assert";
import { tensor } from "@codi/core/tensor";
import sharp from "sharp";
import { CLIP_SHAPE, FRAME_COUNT } from "./clip.ts";
import { frameStrip } from "./frame_strip.ts";
import { ringClip } from "./_testing_videos.ts";

Deno.test("frameStrip() puts every pixel of every frame in its place", async () => {
  const clip = ringClip();
  const { data, info } = await sharp(await frameStrip(clip)).raw()
    .toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [1024, 64, 3]);
  for (let frame = 0; frame < FRAME_COUNT; frame++) {
    for (let i = 0; i < 3 * 64 * 64; i++) {
      const [channel, y, x] = [Math.floor(i / 4096), Math.floor(i / 64) % 64, i % 64];
      const value = data[(y * 1024 + 64 * frame + x) * 3 + channel]! / 127.5 - 1;
      assert(Math.abs(value - clip.data[frame * 3 * 4096 + i]!) < 0.004);
    }
  }
});

Deno.test("frameStrip() keeps a description, and refuses what is no clip", async () => {
  const png = await frameStrip(tensor(CLIP_SHAPE), { description: "a guitar" });
  assert(new TextDecoder("latin1").decode((await sharp(png).metadata()).exif).includes("a guitar"));
  await assertRejects(() => frameStrip(tensor([3, 64, 64])), RangeError, "Cannot write a clip");
});
