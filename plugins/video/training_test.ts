import { assert, assertEquals } from "@std/assert";
import { buildProgram } from "@codi/core/graph";
import {
  type AnyModality,
  type Network,
  type PromptEncoder,
  SPACE_WIDTH,
  weightShapes,
} from "@codi/core/modality";
import { linear, normalizeLength } from "@codi/core/nn";
import { checkFeeds, type Device, openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import {
  type Dataset,
  type Objective,
  type ObjectiveContext,
  openTrainer,
  pairsOf,
  type PartPath,
} from "@codi/core/training";
import { noiseClip, randomWeights, SMALL } from "./_testing.ts";
import { videoDiffusion } from "./diffusion.ts";
import { videoPromptEncoder } from "./prompt_encoder.ts";
import { alignVideo, autoencodeVideo, denoiseVideo, denoiseVideoTemporal } from "./training.ts";
import { videoAutoencoder } from "./vae.ts";

/** A bridge that reads the number of a caption. */
const promptEncoder: PromptEncoder<string> = {
  network: {
    name: "text prompt encoder",
    inputs: (batch) => ({ number: { shape: [batch, 2], dtype: "float32" } }),
    trace: (scope, { number }) => ({
      embedding: normalizeLength(linear(scope, number!, SPACE_WIDTH)),
    }),
  },
  feeds: (texts) => ({
    number: tensor([texts.length, 2], Float32Array.from(texts.flatMap((n) => [Number(n), 1]))),
  }),
};
const text = { name: "text", promptEncoder } as AnyModality;

const clips = [0, 1, 2, 3, -1, -2, -3, -4].map((number) => [number, noiseClip(number)] as const);
const clipOf = new Map(clips);

const dataset: Dataset = {
  name: "noise",
  modalities: ["video"],
  bridge: "text",
  size: () => 4,
  contentLength: 0,
  vocabulary: [],
  caption: (_, index) => ({ text: `${index}`, key: `${index}` }),
  paraphrases: () => [{ text: "", key: "" }, { text: "", key: "" }],
  describes: () => false,
  sample: (_, split, index) => Promise.resolve(clipOf.get(split === "train" ? index : -1 - index)),
};

const { encoder, decoder } = videoAutoencoder(SMALL);
const diffusion = videoDiffusion(SMALL).network;
/** The weights of the network of pictures: those of the video's that are not along time. */
const ofPictures = (network: Network) =>
  Object.fromEntries(
    Object.entries(randomWeights(network)).filter(([name]) => !name.includes("temporal")),
  );
const known: Record<PartPath, Record<string, Tensor>> = {
  "image/autoencoder": randomWeights(encoder, decoder),
  "image/diffusion": ofPictures(diffusion),
  "video/autoencoder": randomWeights(encoder, decoder),
  "video/diffusion": randomWeights(diffusion),
  "video/promptEncoder": randomWeights(videoPromptEncoder(SMALL).network),
  "text/promptEncoder": randomWeights(promptEncoder.network),
};

function prepare(objective: Objective, device: Device) {
  return objective.prepare(
    {
      pairs: pairsOf(dataset, objective.name, objective.pairs.flat()),
      pair: (first: string, second = first) => pairsOf(dataset, objective.name, [first, second]),
      size: 4,
      seed: 3,
      device,
      weights: (part: PartPath) => Promise.resolve(known[part]!),
      cached: (_: string, compute: () => Promise<Tensor>) => compute(),
      onProgress: () => {},
    } satisfies ObjectiveContext,
  );
}

Deno.test("autoencodeVideo() starts from the image's weights and sees clips alone", async () => {
  const objective = autoencodeVideo(SMALL);
  assertEquals([objective.pairs, objective.freezes], [[["video"]], []]);
  await using device = openDevice({ threads: 1 });
  const { task } = await prepare(objective, device);
  const { loss, metrics } = task.traced;
  checkFeeds(buildProgram({ loss, ...metrics }), await task.batch(0));
  assertEquals(Object.keys(task.weights!).sort(), Object.keys(task.scope.shapes()).sort());
  for (const [name, value] of Object.entries(task.weights!)) {
    assertEquals(value, known["image/autoencoder"]![name]!);
  }
});

Deno.test("alignVideo() contrasts clips with captions in batches that its loss takes", async () => {
  const objective = alignVideo(text, SMALL);
  assertEquals([objective.pairs, objective.freezes], [[["text", "video"]], ["text/promptEncoder"]]);
  await using device = openDevice({ threads: 1 });
  const { task } = await prepare(objective, device);
  checkFeeds(buildProgram({ loss: task.traced.loss }), await task.batch(0));
});

Deno.test("denoiseVideoTemporal() trains the layers along time and keeps the image's weights", async () => {
  const objective = denoiseVideoTemporal(text, SMALL);
  assertEquals(objective.trains, ["video/diffusion"]);
  await using device = openDevice({ threads: 1 });
  const { task, finish } = await prepare(objective, device);
  const options = { ...objective.options, warmup: 0, averageDecay: 0 };
  await using trainer = await openTrainer(task.scope, task.traced, options, {
    frozen: task.frozen!,
    session: { threads: 1 },
  });
  assert(trainer.slots.every(({ name }) => name.includes("temporal")));
  for (let step = 0; step < 2; step++) await trainer.advance(await task.batch(step));
  const moved = await trainer.weights();
  const fresh = task.scope.initialWeights(0);
  const still = Object.keys(moved).filter((name) =>
    moved[name]!.data.join() === fresh[name]!.data.join()
  );
  assertEquals(still, [], "two steps move all of them");
  const { tensors } = (await finish(moved))["video/diffusion"]!;
  assertEquals(Object.keys(tensors).sort(), Object.keys(weightShapes(diffusion)).sort());
  for (const [name, value] of Object.entries(known["image/diffusion"]!)) {
    assertEquals(tensors[name], value);
  }
});

Deno.test("denoiseVideo() moves all weights from where the first phase left them", async () => {
  const objective = denoiseVideo(text, SMALL);
  assertEquals(objective.startsFrom, "video/diffusion");
  await using device = openDevice({ threads: 1 });
  const { task } = await prepare(objective, device);
  assertEquals(task.weights, known["video/diffusion"]!);
  assertEquals(task.frozen, undefined);
  checkFeeds(buildProgram({ loss: task.traced.loss }), await task.batch(0));
});
