import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { buildProgram } from "@codi/core/graph";
import { openNetwork } from "@codi/core/modality";
import { checkFeeds, openDevice } from "@codi/core/runtime";
import { type ObjectiveContext, pairsOf } from "@codi/core/training";
import { noiseDataset, noisePicture, SMALL } from "./_testing.ts";
import { autoencodeImage } from "./training.ts";
import { imageAutoencoder } from "./vae.ts";

const objective = autoencodeImage(SMALL);

function context(changes: Partial<ObjectiveContext> = {}): ObjectiveContext {
  const pair = () => pairsOf(noiseDataset, objective.name, objective.pairs.flat());
  return { pair, seed: 3, size: 20, ...changes } as ObjectiveContext;
}

Deno.test("autoencodeImage() sees pictures alone, in batches that its loss takes", async () => {
  assertEquals(objective.pairs, [["image"]]);
  assertEquals([objective.trains, objective.freezes], [["image/autoencoder"], []]);
  const { task } = await objective.prepare(context());
  const { loss, metrics } = task.traced;
  const feeds = await task.batch(0);
  checkFeeds(buildProgram({ loss, ...metrics }), feeds);
  assertEquals(await task.batch(0), feeds, "a function of the step");
  assert((await task.batch(1))["picture"]!.data.join() !== feeds["picture"]!.data.join());
});

Deno.test("autoencodeImage() measures statistics that standardise the latents", async () => {
  await using device = openDevice({ threads: 1 });
  const { task, finish } = await objective.prepare(context({ device }));
  const trained = task.scope.initialWeights(1);
  const { "image/autoencoder": part } = await finish(trained);
  const { tensors } = part!;
  for (const name of Object.keys(trained)) assertEquals(tensors[name], trained[name]!);
  const autoencoder = imageAutoencoder(SMALL);
  const encoder = openNetwork(autoencoder.encoder, tensors, device);
  const pictures = Array.from({ length: 20 }, (_, index) => noisePicture(index));
  const { latent } = await encoder.run(autoencoder.feeds(pictures));
  for (let channel = 0; channel < 2; channel++) {
    const values = latent!.data.filter((_, i) => Math.floor(i / 64) % 2 === channel);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    assertAlmostEquals(mean, 0, 0.02);
    assertAlmostEquals(Math.sqrt(variance), 1, 0.02);
  }
});
