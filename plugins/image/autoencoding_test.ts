import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { buildProgram } from "@codi/core/graph";
import { openNetwork } from "@codi/core/modality";
import { random } from "@codi/core/random";
import { checkFeeds, openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { type ObjectiveContext, pairsOf } from "@codi/core/training";
import { channelStatistics } from "./_channel_statistics.ts";
import { noiseDataset, noisePicture, SMALL } from "./_testing.ts";
import { autoencodeImage } from "./training.ts";
import { imageAutoencoder } from "./vae.ts";

const objective = autoencodeImage(SMALL);

function context(changes: Partial<ObjectiveContext> = {}): ObjectiveContext {
  const pairs = pairsOf(noiseDataset, objective.name, objective.pairs.flat());
  return { pairs, seed: 3, size: 20, ...changes } as ObjectiveContext;
}

Deno.test("channelStatistics() are mean and standard deviation over batch and pixels", () => {
  const values = tensor([2, 2, 1, 2], Float32Array.of(1, 2, 1000, 1000, 3, 6, 1000, 1000));
  const { mean, deviation } = channelStatistics(values);
  assertEquals(mean, tensor([2], Float32Array.of(3, 1000)));
  assertAlmostEquals(deviation.data[0]!, Math.sqrt(3.5), 1e-6);
  assert(deviation.data[1]! > 0, "a channel that carries nothing can still be divided by");
  // Numbers far from zero, where the mean of squares would lose all digits.
  const far = tensor([1, 1, 100, 100], random(1).fillNormal(new Float32Array(1e4)));
  far.data.forEach((value, i) => far.data[i] = 4096 + value);
  assertAlmostEquals(channelStatistics(far).deviation.data[0]!, 1, 0.03);
});

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
  const { mean, deviation } = channelStatistics(latent!);
  mean.data.forEach((value) => assertAlmostEquals(value, 0, 0.02));
  deviation.data.forEach((value) => assertAlmostEquals(value, 1, 0.02));
});
