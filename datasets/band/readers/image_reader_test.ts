import { openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { WeightsMismatchError } from "@codi/core/weights";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { openArt } from "../art.ts";
import { drawScene } from "../draw.ts";
import { scene, type Split } from "../scene.ts";
import { openImageReader } from "./image_reader.ts";
import { measureImageReader } from "./measure_image_reader.ts";

const PIXELS = 3 * 64 * 64;
const FIRST = 50_000; // scenes that nothing was chosen by

async function pictures(split: Split, count: number) {
  const art = await openArt();
  const data = new Float32Array(count * PIXELS);
  for (let i = 0; i < count; i++) {
    drawScene(scene(split, FIRST + i), art, data, { offset: i * PIXELS });
  }
  return tensor([count, 3, 64, 64], data);
}

Deno.test("openImageReader() reads test scenes with the shipped weights", async () => {
  await using reader = await openImageReader();
  const test = { art: await openArt(), split: "test", count: 256, first: FIRST } as const;
  const clean = await measureImageReader(reader, test);
  assert(clean.thing >= 0.98, `thing ${clean.thing}`);
  assert(clean.style >= 0.97, `style ${clean.style}`);
  assertEquals(clean.color, 1);
  assert(clean.colorDistance < 11);
});

Deno.test("openImageReader() reads held-out colours and degraded pictures", async () => {
  await using reader = await openImageReader();
  const art = await openArt();
  const held = { art, split: "held-out", count: 128, first: FIRST } as const;
  const measure = await measureImageReader(reader, {
    ...held,
    degradation: { blur: 1, noise: 0.1 },
  });
  assert(measure.thing >= 0.97, `thing ${measure.thing}`);
  assert(measure.style >= 0.92, `style ${measure.style}`);
  assertEquals(measure.color, 1);
});

Deno.test("openImageReader() reads a picture the same alone and among others", async () => {
  await using reader = await openImageReader();
  const all = await pictures("test", 75);
  const [readings, features] = [await reader.read(all), await reader.features(all)];
  assertEquals(readings.length, 75);
  assertEquals(features.shape, [75, 96]);
  for (const index of [0, 40, 74]) {
    const one = tensor([1, 3, 64, 64], all.data.slice(index * PIXELS, (index + 1) * PIXELS));
    const [alone] = await reader.read(one);
    assertEquals(alone!.thing, readings[index]!.thing);
    assertEquals(alone!.style, readings[index]!.style);
    assertAlmostEquals(alone!.thingProbability, readings[index]!.thingProbability, 1e-4);
    assertEquals(alone!.colorDistance, readings[index]!.colorDistance);
    (await reader.features(one)).data.forEach((value, i) =>
      assertAlmostEquals(value, features.data[index * 96 + i]!, 1e-3)
    );
  }
  assertEquals(await reader.read(tensor([0, 3, 64, 64])), []);
});

Deno.test("openImageReader() leaves a device open that it was given", async () => {
  await using device = openDevice({ threads: 1 });
  const first = await openImageReader({ device });
  await first.close();
  await using second = await openImageReader({ device });
  assertEquals((await second.read(await pictures("test", 1))).length, 1);
});

Deno.test("openImageReader() throws when shapes or weights are wrong, or the call is ended", async () => {
  await using reader = await openImageReader();
  for (const shape of [[3, 64, 64], [1, 3, 32, 64], [1, 1, 64, 64], []]) {
    await assertRejects(() => reader.read(tensor(shape)), RangeError, `[${shape}]`);
    await assertRejects(() => reader.features(tensor(shape)), RangeError, `[${shape}]`);
  }
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => reader.read(tensor([1, 3, 64, 64]), { signal }), Error, "enough");
  await assertRejects(() => openImageReader({ weights: {} }), WeightsMismatchError, "missing");
});
