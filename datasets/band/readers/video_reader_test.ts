import { openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openArt } from "../art.ts";
import { drawClip } from "../clip.ts";
import { scene } from "../scene.ts";
import { measureVideoReader } from "./measure_video_reader.ts";
import { openVideoReader } from "./video_reader.ts";

const FIRST = 50_000; // scenes that nothing was chosen by

Deno.test("openVideoReader() reads held-out clips, blurred and noisy", async () => {
  await using device = openDevice({ threads: 1 });
  await using reader = await openVideoReader({ device });
  const measure = await measureVideoReader(reader, {
    art: await openArt(),
    split: "held-out",
    count: 24,
    first: FIRST,
    degradation: { blur: 1, noise: 0.1 },
  });
  assertEquals(measure.clips, 24);
  assert(measure.thing >= 0.95, `thing ${measure.thing}`);
  assert(measure.style >= 0.9, `style ${measure.style}`);
  assertEquals(measure.color, 1);
  assert(measure.count >= 0.95, `count ${measure.count}`);
  assert(measure.slotF1 >= 0.97, `slots ${measure.slotF1}`);
  assert(measure.contour >= 0.95, `contour ${measure.contour}`);
});

Deno.test("openVideoReader() counts no strokes and names no contour when a clip stands still", async () => {
  await using device = openDevice({ threads: 1 });
  await using reader = await openVideoReader({ device });
  const one = scene("test", FIRST, { things: ["guitar"] });
  const clip = drawClip({ ...one, count: 2, contour: "rising", rhythm: [4, 9] }, await openArt());
  const still = tensor(clip.shape);
  const frame = clip.data.subarray(0, clip.data.length / 16);
  for (let i = 0; i < 16; i++) still.data.set(frame, i * frame.length);
  const [moving, resting] = await reader.read([clip, still]);
  assertEquals([moving!.count, moving!.slots, moving!.contour], [2, [4, 9], "rising"]);
  assertEquals([resting!.count, resting!.slots, resting!.contour], [0, [], undefined]);
  assertEquals([resting!.thing, resting!.color, resting!.style], ["guitar", one.color, one.style]);
});

Deno.test("openVideoReader() throws when a shape is another or the call is ended", async () => {
  await using device = openDevice({ threads: 1 });
  await using reader = await openVideoReader({ device });
  await assertRejects(() => reader.read([tensor([8, 3, 64, 64])]), RangeError, "[8,3,64,64]");
  const signal = AbortSignal.abort(new Error("enough"));
  const clip = tensor([16, 3, 64, 64]);
  await assertRejects(() => reader.read([clip], { signal }), Error, "enough");
  assertEquals(await reader.read([]), []);
});
