import { openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { WeightsMismatchError } from "@codi/core/weights";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { scene } from "../scene.ts";
import { drawSound } from "../sound/draw_sound.ts";
import { openSounds } from "../sound/sounds.ts";
import { openAudioReader } from "./audio_reader.ts";
import { measureAudioReader } from "./measure_audio_reader.ts";

const SETTINGS = { threads: 1 };

Deno.test("read() finds thing, strokes, contour and register of scenes and gives each alone the same", async () => {
  await using device = openDevice(SETTINGS);
  await using reader = await openAudioReader({ device });
  const bank = await openSounds();
  const scenes = Array.from({ length: 10 }, (_, i) => scene("test", 200_000 + i));
  const sounds = scenes.map((one) => drawSound(one, bank));
  const readings = await reader.read(sounds);
  const right = readings.filter((reading, i) => {
    const { thing, rhythm, count, contour, register } = scenes[i]!;
    return reading.thing === thing && reading.slots.join() === rhythm.join() &&
      reading.count === count && reading.contour === contour && reading.register === register;
  });
  assert(right.length >= 9, `${right.length} of 10`);

  const softer = tensor([32_000], sounds[3]!.data.map((value) => 0.1 * value));
  const [alone] = await reader.read([softer]);
  assertEquals(alone!.slots, readings[3]!.slots);
  assertAlmostEquals(alone!.thingProbability, readings[3]!.thingProbability, 1e-3);
  const all = await reader.features(sounds);
  assertEquals(all.shape, [10, 128]);
  (await reader.features([sounds[9]!])).data.forEach((value, i) =>
    assertAlmostEquals(value, all.data[9 * 128 + i]!, 1e-3)
  );
  assertEquals(await reader.read([]), []);
});

Deno.test("measureAudioReader() counts what is read right, and reads no melody out of noise", async () => {
  await using device = openDevice(SETTINGS);
  await using reader = await openAudioReader({ device });
  const test = { sounds: await openSounds(), split: "test", count: 8, first: 200_100 } as const;
  const clean = await measureAudioReader(reader, test);
  assertEquals(clean.sounds, 8);
  assert(clean.slotF1 > 0.9 && clean.thing > 0.8 && clean.misread.length <= 2);
  const noisy = await measureAudioReader(reader, { ...test, degradation: { noise: 10 } });
  assert(noisy.rhythm < 0.5 && noisy.misread.length > 4, `${noisy.rhythm}`);
});

Deno.test("openAudioReader() leaves a device open that it was given", async () => {
  await using device = openDevice(SETTINGS);
  const first = await openAudioReader({ device });
  await first.close();
  await using second = await openAudioReader({ device });
  assertEquals((await second.read([tensor([32_000])])).length, 1);
});

Deno.test("openAudioReader() throws when shapes or weights are wrong, or the call is ended", async () => {
  await using device = openDevice(SETTINGS);
  await using reader = await openAudioReader({ device });
  for (const shape of [[1, 32_000], [16_000], []]) {
    await assertRejects(() => reader.read([tensor(shape)]), RangeError, `[${shape}]`);
    await assertRejects(() => reader.features([tensor(shape)]), RangeError, `[${shape}]`);
  }
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => reader.read([tensor([32_000])], { signal }), Error, "enough");
  await assertRejects(() => openAudioReader({ weights: {} }), WeightsMismatchError, "missing");
});
