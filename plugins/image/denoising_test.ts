import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { noiseSchedule } from "@codi/core/diffusion";
import { buildProgram } from "@codi/core/graph";
import { type AnyModality, type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import { linear, normalizeLength } from "@codi/core/nn";
import { checkFeeds, openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type ObjectiveContext, pairsOf, type PartPath } from "@codi/core/training";
import { denoisingBatch } from "./_denoising_batch.ts";
import type { EncodedScenes } from "./_encode_scenes.ts";
import { noiseDataset, randomWeights, SMALL } from "./_testing.ts";
import { imagePromptEncoder } from "./prompt_encoder.ts";
import { denoiseImage } from "./training.ts";
import { imageAutoencoder } from "./vae.ts";

/** A bridge that reads the numbers in a caption. */
const promptEncoder: PromptEncoder<string> = {
  network: {
    name: "text prompt encoder",
    inputs: (batch) => ({ numbers: { shape: [batch, 3], dtype: "float32" } }),
    trace: (scope, { numbers }) => ({
      embedding: normalizeLength(linear(scope, numbers!, SPACE_WIDTH)),
    }),
  },
  feeds: (texts) => ({
    numbers: tensor(
      [texts.length, 3],
      Float32Array.from(texts.flatMap((caption) => {
        const [split, ...numbers] = caption.split(" ");
        return [split === "train" ? 1 : -1, ...numbers.map(Number)];
      })),
    ),
  }),
};
const text = { name: "text", promptEncoder } as AnyModality;

const objective = denoiseImage(text, SMALL);
const { encoder, decoder } = imageAutoencoder(SMALL);
const frozen: Record<PartPath, Record<string, Tensor>> = {
  "image/autoencoder": randomWeights(encoder, decoder),
  "image/promptEncoder": randomWeights(imagePromptEncoder(SMALL).network),
  "text/promptEncoder": randomWeights(text.promptEncoder.network),
};

/** A context that counts what is cached. */
function contextOf(
  device: ObjectiveContext["device"],
  changes: Partial<ObjectiveContext> = {},
): { readonly context: ObjectiveContext; readonly cached: Map<string, Tensor> } {
  const cached = new Map<string, Tensor>();
  const context = {
    pairs: pairsOf(noiseDataset, objective.name, [...new Set(objective.pairs.flat())]),
    size: 20,
    seed: 3,
    device,
    weights: (part: PartPath) => Promise.resolve(frozen[part]!),
    cached: async (key: string, compute: () => Promise<Tensor>) => {
      const value = await compute();
      cached.set(key, value);
      return value;
    },
    onProgress: () => {},
    ...changes,
  } as ObjectiveContext;
  return { context, cached };
}

/** Scenes whose numbers tell which one they are. */
function markedScenes(count: number): EncodedScenes {
  const latents = tensor([count, 2, 8, 8]);
  latents.data.forEach((_, i) => latents.data[i] = Math.floor(i / 128) + 1);
  const pictures = tensor([count, SPACE_WIDTH]);
  const captions = tensor([3 * count, SPACE_WIDTH]);
  for (let scene = 0; scene < count; scene++) {
    pictures.data[scene * SPACE_WIDTH + scene] = 1;
    for (let wording = 0; wording < 3; wording++) {
      const place = (3 * scene + wording) * SPACE_WIDTH;
      captions.data[place + scene] = 0.6;
      captions.data[place + 200 + wording] = 0.8;
    }
  }
  return { latents, pictures, captions };
}

Deno.test("denoiseImage() freezes what it reads and sees pictures, alone and with captions", () => {
  assertEquals(objective.trains, ["image/diffusion"]);
  assertEquals(objective.freezes, [
    "image/autoencoder",
    "image/promptEncoder",
    "text/promptEncoder",
  ]);
  assertEquals(objective.pairs, [["image", "text"], ["image", "image"]]);
});

Deno.test("denoiseImage() encodes scenes once, and its batches fit the loss", async () => {
  await using device = openDevice({ threads: 1 });
  const messages: string[] = [];
  const { context, cached } = contextOf(device, { onProgress: (text) => messages.push(text) });
  const { task, finish } = await objective.prepare(context);
  const shapes = [...cached].map(([key, { shape }]) => [key, shape]);
  assertEquals(
    shapes,
    ["train", "test"].flatMap((split) => [
      [`latents ${split} 20`, [20, 2, 8, 8]],
      [`picture prompts ${split} 20`, [20, 256]],
      [`captions ${split} 20 3`, [60, 256]],
    ]),
  );
  assertEquals(messages[0], "encoding train latents 20 of 20");
  const { loss } = task.traced;
  const all = [await task.batch(0), ...task.validation!];
  for (const feeds of all) checkFeeds(buildProgram({ loss }), feeds);
  assertEquals(new Set(all.map((feeds) => feeds["z"]!.data.join())).size, 5);
  assertEquals(await task.batch(0), all[0]!);
  const weights = task.scope.initialWeights(0);
  assertEquals(await finish(weights), { "image/diffusion": { tensors: weights, metadata: {} } });
  // Latents are those of the encoder, row by row.
  assert(
    cached.get("latents train 20")!.data.slice(0, 128).join() !==
      cached.get("latents train 20")!.data.slice(128, 256).join(),
  );
});

Deno.test("denoiseImage() ends its preparation when aborted", async () => {
  await using device = openDevice({ threads: 1 });
  const controller = new AbortController();
  const reason = new Error("enough");
  let captions = 0;
  const pairs = pairsOf(
    { ...noiseDataset, caption: (...key) => (captions++, noiseDataset.caption(...key)) },
    objective.name,
    ["image", "text"],
  );
  const { context, cached } = contextOf(device, {
    pairs,
    signal: controller.signal,
    onProgress: (message) => {
      if (message.includes("picture prompts")) controller.abort(reason);
    },
  });
  const error = await assertRejects(() => objective.prepare(context));
  assert(error === reason);
  assertEquals([...cached.keys()], ["latents train 20", "picture prompts train 20"]);
  assertEquals(captions, 0, "no more samples are drawn");
});

Deno.test("denoisingBatch() is v-prediction: latent and noise come back from z and target", () => {
  const schedule = noiseSchedule("cosine");
  const batch = denoisingBatch(markedScenes(20), schedule, 1, "train", 0);
  const noises: number[] = [];
  for (let sample = 0; sample < 64; sample++) {
    const alphaBar = schedule.alphaBars[batch.timestep.data[sample]!]!;
    const [alpha, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
    const clean = new Set<number>();
    for (let i = 128 * sample; i < 128 * (sample + 1); i++) {
      const value = alpha * batch.z.data[i]! - sigma * batch.target.data[i]!;
      assertAlmostEquals(value, Math.round(value), 1e-3);
      clean.add(Math.round(value));
      noises.push(sigma * batch.z.data[i]! + alpha * batch.target.data[i]!);
    }
    assertEquals(clean.size, 1, "all of one scene");
  }
  const mean = noises.reduce((a, b) => a + b) / noises.length;
  const variance = noises.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noises.length;
  assert(Math.abs(mean) < 0.05 && Math.abs(variance - 1) < 0.06, `${mean}, ${variance}`);
});

Deno.test("denoisingBatch() spreads timesteps over the whole schedule", () => {
  const schedule = noiseSchedule("cosine");
  for (let step = 0; step < 5; step++) {
    const { data } = denoisingBatch(markedScenes(20), schedule, 1, "train", step).timestep;
    // One whole timestep in each 64th of the schedule.
    data.forEach((t, i) => assert(t > i * 1000 / 64 - 1 && t < (i + 1) * 1000 / 64, `${i}: ${t}`));
  }
});

Deno.test("denoisingBatch() prompts with the scene's own captions, mixes and picture, or nothing", () => {
  const schedule = noiseSchedule("cosine");
  const counts = { picture: 0, caption: 0, mix: 0, none: 0 };
  const steps = 60;
  for (let step = 0; step < steps; step++) {
    const { z, target, timestep, condition, present } = denoisingBatch(
      markedScenes(20),
      schedule,
      2,
      "train",
      step,
    );
    for (let sample = 0; sample < 64; sample++) {
      const alphaBar = schedule.alphaBars[timestep.data[sample]!]!;
      const clean = Math.sqrt(alphaBar) * z.data[128 * sample]! -
        Math.sqrt(1 - alphaBar) * target.data[128 * sample]!;
      const prompt = condition.data.slice(SPACE_WIDTH * sample, SPACE_WIDTH * (sample + 1));
      const scene = prompt.slice(0, 20).reduce((best, v, i, all) => v > all[best]! ? i : best, 0);
      assertEquals(scene, Math.round(clean) - 1, "the prompt is of the same scene");
      const wordings = [200, 201, 202].filter((place) => prompt[place]! > 0.1).length;
      if (wordings === 0) counts.picture++;
      else if (wordings === 1) counts.caption++;
      else counts.mix++;
      if (present.data[sample] === 0) counts.none++;
      else assertEquals(present.data[sample], 1);
    }
  }
  const share = (count: number) => count / (64 * steps);
  assertAlmostEquals(share(counts.picture), 0.2, 0.03);
  // Two draws of three captions differ in two thirds of the mixes, and one may hardly count.
  assertAlmostEquals(share(counts.mix), 0.25 * 2 / 3, 0.05);
  assertAlmostEquals(share(counts.none), 0.12, 0.02);
});

Deno.test("denoisingBatch() is a function of its key", () => {
  const schedule = noiseSchedule("cosine");
  const of = (seed: number, split: string, step: number) =>
    denoisingBatch(markedScenes(5), schedule, seed, split, step);
  assertEquals(of(1, "train", 2), of(1, "train", 2));
  const others = [of(2, "train", 2), of(1, "test", 2), of(1, "train", 3), of(1, "train", 2)];
  assertEquals(new Set(others.map(({ z }) => z.data.join())).size, 4);
});
