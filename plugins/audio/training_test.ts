import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type AnyModality,
  LATENT_STATISTICS,
  openNetwork,
  type PromptEncoder,
  SPACE_WIDTH,
} from "@codi/core/modality";
import { linear, normalizeLength } from "@codi/core/nn";
import { type Device, openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import {
  type Objective,
  type ObjectiveContext,
  openTrainer,
  pairsOf,
  type PartPath,
  type PreparedObjective,
} from "@codi/core/training";
import { pluckedTone, randomWeights, SMALL, toneDataset } from "./_networks_testing.ts";
import { audioPromptEncoder } from "./prompt_encoder.ts";
import { alignAudio, autoencodeAudio, denoiseAudio, vocodeAudio } from "./training.ts";
import { logMelBatch } from "./mel.ts";
import { splitSounds } from "./sound.ts";
import { audioAutoencoder } from "./vae.ts";
import { vocoder } from "./vocoder.ts";

/** A bridge that reads the numbers in a caption. */
const promptEncoder: PromptEncoder<string> = {
  network: {
    name: "text prompt encoder",
    inputs: (batch) => ({ numbers: { shape: [batch, 12], dtype: "float32" } }),
    trace: (scope, { numbers }) => ({
      embedding: normalizeLength(linear(scope, numbers!, SPACE_WIDTH)),
    }),
  },
  feeds: (texts) => {
    const numbers = tensor([texts.length, 12]);
    texts.forEach((text, row) => numbers.data[12 * row + Number(text.split(" ")[1]) % 12] = 1);
    return { numbers };
  },
};
const text = { name: "text", promptEncoder } as AnyModality;

const { encoder, decoder } = audioAutoencoder(SMALL);
const frozen: Record<PartPath, Record<string, Tensor>> = {
  "audio/autoencoder": randomWeights(encoder, decoder),
  "audio/promptEncoder": randomWeights(audioPromptEncoder(SMALL).network),
  "text/promptEncoder": randomWeights(promptEncoder.network),
};

function prepare(objective: Objective, device: Device): Promise<PreparedObjective> {
  return objective.prepare({
    pair: (first: string, second = first) => pairsOf(toneDataset, objective.name, [first, second]),
    size: 12,
    seed: 3,
    device,
    weights: (part: PartPath) => Promise.resolve(frozen[part]!),
    cached: (_: string, compute: () => Promise<Tensor>) => compute(),
    onProgress: () => {},
  } as unknown as ObjectiveContext);
}

/** Takes some steps; gives the first and the last loss, and the weights. */
async function takeSteps({ task }: PreparedObjective, steps: number, learningRate: number) {
  const options = { steps, learningRate, warmup: 1, averageDecay: 0 };
  await using trainer = await openTrainer(task.scope, task.traced, options, {
    session: { threads: 1 },
  });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push((await trainer.advance(await task.batch(step))).metrics["loss"]!);
  }
  return { first: losses[0]!, last: losses.at(-1)!, weights: await trainer.weights() };
}

Deno.test("autoencodeAudio() learns, and measures statistics that standardise the latents", async () => {
  await using device = openDevice({ threads: 1 });
  const objective = autoencodeAudio(SMALL);
  const prepared = await prepare(objective, device);
  const { first, last, weights } = await takeSteps(prepared, 10, 1e-2);
  assert(last < 0.8 * first, `${[first, last]}`);
  const { "audio/autoencoder": part } = await prepared.finish(weights);
  assert(Object.values(LATENT_STATISTICS).every((name) => part!.tensors[name] !== undefined));
  const sounds = Array.from(
    { length: 12 },
    (_, index) => pluckedTone(200 * (1 + index / 4), index / 8),
  );
  const running = openNetwork(encoder, part!.tensors, device);
  const { latent } = await running.run(audioAutoencoder(SMALL).feeds(sounds));
  const square = latent!.data.reduce((sum, value) => sum + value * value, 0) / latent!.data.length;
  assertAlmostEquals(square, 1, 0.1);
});

Deno.test("alignAudio() learns which sound a caption is of, and stores the mean embedding", async () => {
  await using device = openDevice({ threads: 1 });
  const prepared = await prepare(alignAudio(text, SMALL), device);
  const { first, last, weights } = await takeSteps(prepared, 6, 1e-2);
  assert(last < first, `${[first, last]}`);
  const { "audio/promptEncoder": part } = await prepared.finish(weights);
  assertEquals(part!.tensors["center"]!.shape, [SPACE_WIDTH]);
  assert(part!.tensors["center"]!.data.some((value) => value !== 0));
});

Deno.test("denoiseAudio() freezes what it reads, and learns on maps twice as wide as high", async () => {
  await using device = openDevice({ threads: 1 });
  const objective = denoiseAudio(text, SMALL);
  assertEquals(objective.freezes, [
    "audio/autoencoder",
    "audio/promptEncoder",
    "text/promptEncoder",
  ]);
  const prepared = await prepare(objective, device);
  assertEquals((await prepared.task.batch(0))["z"]!.shape, [64, 2, 16, 32]);
  const { first, last } = await takeSteps(prepared, 8, 1e-2);
  assert(last < 0.95 * first, `${[first, last]}`);
});

Deno.test("vocodeAudio() hears sounds through the autoencoder too, and learns what the renderer reads", async () => {
  await using device = openDevice({ threads: 1 });
  const objective = vocodeAudio(SMALL);
  assertEquals([objective.trains, objective.pairs], [["audio/renderer"], [["audio"]]]);
  assertEquals(objective.freezes, ["audio/autoencoder"]);
  const prepared = await prepare(objective, device);
  assertEquals(await prepared.task.batch(1), await prepared.task.batch(1));
  // The small autoencoder has learnt nothing: what comes through it is nowhere near the sound's own.
  let own = 0;
  for (let step = 0; step < 8; step++) {
    const { spectrogram, sound } = await prepared.task.batch(step);
    const real = logMelBatch(splitSounds(sound as Tensor)).data;
    const off = real.map((value, i) => Math.abs(value - Number(spectrogram!.data[i])));
    if (off.reduce((a, b) => a + b) / off.length < 0.02) own++;
  }
  assert(own > 0 && own < 8, `${own} of 8 batches are the sounds' own features`);
  // Batches of both kinds lie far apart, so that only the loss of one and the same can be compared.
  const { task } = prepared;
  const same = { ...prepared, task: { ...task, batch: () => task.batch(0) } };
  const { first, last, weights } = await takeSteps(same, 3, 1e-3);
  assert(last < first, `${[first, last]}`);
  const { "audio/renderer": part } = await prepared.finish(weights);
  const { feeds } = audioPromptEncoder(SMALL); // the vocoder reads what it reads
  const { sound } = await openNetwork(vocoder(SMALL), part!.tensors, device)
    .run(feeds([pluckedTone(300)]));
  assertEquals(sound!.shape, [1, 32000]);
});
