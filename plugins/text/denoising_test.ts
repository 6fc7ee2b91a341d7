import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { buildProgram } from "@codi/core/graph";
import { type Network, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { checkFeeds, type Device, openDevice } from "@codi/core/runtime";
import type { Tensor } from "@codi/core/tensor";
import {
  type CaptionSample,
  type ObjectiveContext,
  openTrainer,
  type Pairs,
  pairsOf,
  type PartPath,
} from "@codi/core/training";
import { complements } from "./_encode_scenes.ts";
import { promptingModality, SMALL, SMALL_SENTENCES, smallDataset } from "./_testing.ts";
import { textAutoencoder } from "./autoencoder.ts";
import { textPromptEncoder } from "./prompt_encoder.ts";
import { denoiseText } from "./training.ts";

const [sketch, tune] = [promptingModality("sketch"), promptingModality("tune")];
const objective = denoiseText([sketch, tune], SMALL);

function weightsOf(network: Network, seed = 1): Record<string, Tensor> {
  const scope = new Scope();
  traceNetwork(network, scope, 1);
  return scope.initialWeights(seed);
}

const frozen: Record<PartPath, Record<string, Tensor>> = {
  "text/autoencoder": weightsOf(textAutoencoder(SMALL_SENTENCES).encoder),
  "text/promptEncoder": weightsOf(textPromptEncoder(SMALL).network),
  "sketch/promptEncoder": weightsOf(sketch.promptEncoder.network),
  "tune/promptEncoder": weightsOf(tune.promptEncoder.network, 2),
};

/** A context that notes which pairs are shown and what is cached. */
function contextOn(device: Device) {
  const shown: string[] = [];
  const cached = new Map<string, Tensor>();
  const context = {
    get pairs(): never {
      throw new Error("three modalities at once");
    },
    pair: (first: string, second = first): Pairs => {
      shown.push(`${first}+${second}`);
      return pairsOf(smallDataset, objective.name, [first, second]);
    },
    size: 12,
    seed: 3,
    device,
    weights: (part: PartPath) => Promise.resolve(frozen[part]!),
    cached: async (key: string, compute: () => Promise<Tensor>) => {
      const value = await compute();
      cached.set(key, value);
      return value;
    },
    onProgress: () => {},
  } as unknown as ObjectiveContext;
  return { context, shown, cached };
}

Deno.test("denoiseText() declares a pair for each modality and freezes what it reads", () => {
  assertEquals(objective.trains, ["text/diffusion"]);
  assertEquals(objective.freezes, [
    "text/autoencoder",
    "text/promptEncoder",
    "sketch/promptEncoder",
    "tune/promptEncoder",
  ]);
  assertEquals(objective.pairs, [["text", "text"], ["text", "sketch"], ["text", "tune"]]);
  assertEquals(denoiseText([], SMALL).pairs, [["text", "text"]]);
  assertThrows(() => denoiseText([], { wordWidth: 8, width: 8, blocks: 1 }), RangeError, "prompt");
});

Deno.test("denoiseText() sees one pair at a time, and learns from its batches", async () => {
  await using device = openDevice({ threads: 1 });
  const { context, shown, cached } = contextOn(device);
  const { task, finish } = await objective.prepare(context);
  assertEquals(new Set(shown), new Set(["text+text", "text+sketch", "text+tune"]));
  assertEquals(
    [...cached].filter(([key]) => key.includes("train")).map(([key, { shape }]) => [key, shape]),
    [
      ["sentences train 36", [36, 8]],
      ["paraphrases train 36", [36, 256]],
      ["mixed captions train 36", [36, 256]],
      ["sketch prompts train 12", [12, 256]],
      ["tune prompts train 12", [12, 256]],
    ],
  );
  const { loss } = task.traced;
  const batch = await task.batch(0);
  for (const feeds of [batch, ...task.validation!]) checkFeeds(buildProgram({ loss }), feeds);
  assertEquals(await task.batch(0), batch);

  const options = { steps: 60, learningRate: 1e-2, warmup: 0 };
  await using trainer = await openTrainer(task.scope, task.traced, options, {
    session: { threads: 1 },
  });
  const first = (await trainer.advance(batch)).metrics["loss"]!;
  let last = first;
  for (let step = 1; step < 60; step++) last = (await trainer.advance(batch)).metrics["loss"]!;
  assert(last < 0.5 * first, `${first} to ${last}`);
  const weights = await trainer.weights();
  assertEquals(await finish(weights), { "text/diffusion": { tensors: weights, metadata: {} } });
});

Deno.test("denoiseText() prompts a sentence with its own scene in every modality", async () => {
  await using device = openDevice({ threads: 1 });
  const { context, cached } = contextOn(device);
  const { task } = await objective.prepare(context);
  const { condition, z, target, timestep } = await task.batch(0);
  assertEquals([condition!.shape, z!.shape, target!.shape], [[192, 256], [192, 8], [192, 8]]);
  const row = (table: Tensor, index: number) => table.data.subarray(index * 256, index * 256 + 256);
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Math.hypot(...Array.from(a, (value, i) => value - b[i]!));
  const latents = cached.get("sentences train 36")!;
  const known = ["paraphrases", "mixed captions", "sketch prompts", "tune prompts"];
  const found: Record<string, number> = {};
  for (let sample = 0; sample < 32; sample++) { // the least noisy ones
    assert((timestep!.data[sample] as number) < 200);
    const alpha = Math.cos(
      ((timestep!.data[sample] as number) / 1000 + 0.008) / 1.008 * Math.PI / 2,
    );
    const clean = Array.from({ length: 8 }, (_, i) =>
      alpha * (z!.data[8 * sample + i] as number) -
      Math.sqrt(1 - alpha * alpha) * (target!.data[8 * sample + i] as number));
    const sentences = Array.from({ length: 36 }, (_, index) => index).filter((index) =>
      distance(latents.data.subarray(8 * index, 8 * index + 8), clean) < 0.1
    );
    assert(sentences.length > 0, "a latent of a caption");
    const prompt = (condition as Tensor).data.subarray(256 * sample, 256 * sample + 256);
    const kind = known.find((name) =>
      sentences.some((index) => {
        const table = [...cached].find(([key]) => key.startsWith(`${name} train`))![1];
        const of = table.shape[0] === 36 ? index : Math.floor(index / 3);
        return distance(row(table, of), prompt) < 0.4; // the noise on prompts is 0.24 long
      })
    );
    found[kind ?? "none"] = (found[kind ?? "none"] ?? 0) + 1;
  }
  assertEquals(found["none"], undefined);
  assert(Object.keys(found).length >= 3, JSON.stringify(found));
});

Deno.test("complements() are two captions that together say what the sentence says", () => {
  const pairs = pairsOf(smallDataset, "test", ["text"]);
  const both = smallDataset.paraphrases("train", 4, 2);
  const [first, second] = complements(pairs, "train", 4, both);
  assert(first.key !== second.key);
  const union = first.content!.map((said, place) => Math.max(said, second.content![place]!));
  assertEquals(union, both[0].content!);
  // A caption that says one thing has no two parts.
  const one = smallDataset.paraphrases("train", 4, 0);
  assertEquals(complements(pairs, "train", 4, one), [one[1], one[1]]);
  const silent: CaptionSample = { text: "a bell", key: "bell" };
  assertEquals(complements(pairs, "train", 4, [silent, silent]), [silent, silent]);
  assertAlmostEquals(union.reduce((a, b) => a + b), 2, 0);
});
