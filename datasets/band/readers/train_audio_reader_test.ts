import { openTrainer } from "@codi/core/training";
import { assert, assertEquals } from "@std/assert";
import { scene } from "../scene.ts";
import { openSounds } from "../sound/sounds.ts";
import { strokesOf } from "../sound/strokes.ts";
import { THING_NAMES } from "../things.ts";
import { LOWEST_KEY } from "./_audio_network.ts";
import { audioReaderTask } from "./train_audio_reader.ts";

Deno.test("audioReaderTask() draws a step's batch anew, always the same and from train scenes", async () => {
  const sounds = await openSounds();
  const options = { sounds, batchSize: 4, vocoded: 2 };
  const task = audioReaderTask(options);
  const batch = await task.batch(3);
  assertEquals(await audioReaderTask(options).batch(3), batch);
  const other = await audioReaderTask({ ...options, seed: 1 }).batch(3);
  assertEquals(other["thing"], batch["thing"]);
  assert(other["tones"]!.data.some((value, i) => value !== batch["tones"]!.data[i]));

  // Every second sound is one of the two that have gone through the vocoder.
  const scenes = [0, 13, 1, 15].map((index) => scene("train", index));
  scenes.forEach((one, i) => {
    assertEquals(Number(batch["thing"]!.data[i]), THING_NAMES.indexOf(one.thing));
    const row = (name: string) => [...batch[name]!.data].slice(16 * i, 16 * (i + 1)).map(Number);
    assertEquals(row("onset").flatMap((value, slot) => value === 1 ? [slot] : []), one.rhythm);
    for (const { slot, key } of strokesOf(one)) {
      const weight = row("keyWeight")[slot]!;
      assertEquals(weight > 0, one.register !== undefined);
      if (weight > 0) assertEquals(row("key")[slot]! + LOWEST_KEY, key);
    }
  });
  const weights = [...batch["keyWeight"]!.data].map(Number);
  assert(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6);
});

Deno.test("audioReaderTask() gives a loss that falls", async () => {
  const task = audioReaderTask({ sounds: await openSounds(), batchSize: 4, vocoded: 2 });
  await using trainer = await openTrainer(task.scope, task.traced, {
    steps: 30,
    warmup: 5,
    learningRate: 2e-3,
  }, { session: { threads: 1 } });
  const batch = await task.batch(0);
  const { metrics } = await trainer.advance(batch);
  for (let step = 1; step < 30; step++) await trainer.advance(batch);
  const last = (await trainer.advance(batch)).metrics;
  assert(last["loss"]! < 0.6 * metrics["loss"]!, `${metrics["loss"]} → ${last["loss"]}`);
  assertEquals(Object.keys(await trainer.weights()), Object.keys(task.scope.shapes()));
});
