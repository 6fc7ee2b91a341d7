import { openTrainer } from "@codi/core/training";
import { assert, assertEquals } from "@std/assert";
import { openArt } from "../art.ts";
import { scene } from "../scene.ts";
import { THING_NAMES } from "../things.ts";
import { imageReaderTask } from "./train_image_reader.ts";

Deno.test("imageReaderTask() draws a step's batch anew, always the same and from train scenes", async () => {
  const art = await openArt();
  const task = imageReaderTask({ art, batchSize: 16 });
  const batch = await task.batch(3);
  assertEquals(await imageReaderTask({ art, batchSize: 16 }).batch(3), batch);
  assertEquals(
    [...batch["thing"]!.data].map((index) => THING_NAMES[Number(index)]),
    Array.from({ length: 16 }, (_, i) => scene("train", 48 + i).thing),
  );
  const weights = [...batch["styleWeight"]!.data].map(Number);
  assert(weights.some((weight) => weight === 0));
  assert(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6);
  const other = await imageReaderTask({ art, batchSize: 16, seed: 1 }).batch(3);
  assertEquals(other["thing"], batch["thing"]);
  assert(other["picture"]!.data.some((value, i) => value !== batch["picture"]!.data[i]));
});

Deno.test("imageReaderTask() gives a loss that falls", async () => {
  const art = await openArt();
  const task = imageReaderTask({ art, batchSize: 8 });
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
