import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { buildProgram } from "@codi/core/graph";
import { openNetwork } from "@codi/core/modality";
import { noise } from "@codi/core/diffusion";
import { random } from "@codi/core/random";
import { checkFeeds, type Device, openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type ObjectiveContext, openTrainer, pairsOf } from "@codi/core/training";
import { sentenceBatch } from "./_sentence_batch.ts";
import { SMALL, SMALL_SENTENCES, smallDataset } from "./_testing.ts";
import { textAutoencoder } from "./autoencoder.ts";
import { autoencodeText, autoencodeTextNoisy } from "./training.ts";
import { sentenceTokens, vocabularyOf } from "./vocabulary.ts";

const objective = autoencodeText(SMALL);
const autoencoder = textAutoencoder(SMALL_SENTENCES);

function contextOn(device: Device): ObjectiveContext {
  const pairs = pairsOf(smallDataset, objective.name, ["text"]);
  return { pairs, pair: () => pairs, seed: 3, size: 12, device } as unknown as ObjectiveContext;
}

/** A trained tiny autoencoder: all tests share the few seconds it takes. */
let trained: Promise<Record<string, Tensor>> | undefined;

async function weights(): Promise<Record<string, Tensor>> {
  trained ??= (async () => {
    await using device = openDevice({ threads: 1 });
    const { task, finish } = await objective.prepare(contextOn(device));
    const options = { steps: 150, learningRate: 1e-2, warmup: 10, averageDecay: 0.9 };
    await using trainer = await openTrainer(task.scope, task.traced, options, {
      session: { threads: 1 },
    });
    for (let step = 0; step < 150; step++) await trainer.advance(await task.batch(step));
    return (await finish(await trainer.weights()))["text/autoencoder"]!.tensors;
  })();
  return await trained;
}

const TEXTS = [0, 1, 2, 3, 4, 5].flatMap((index) =>
  [0, 1, 2].flatMap((wording) =>
    smallDataset.paraphrases("train", index, wording).map(({ text }) => text)
  )
);
/** A caption as it is written: without upper case and the final period. */
const written = (text: string) => text.toLowerCase().replace(".", "");

Deno.test("autoencodeText() sees captions alone, in batches that its loss takes", async () => {
  assertEquals(objective.pairs, [["text"]]);
  assertEquals([objective.trains, objective.freezes], [["text/autoencoder"], []]);
  assertThrows(
    () => autoencodeText({ ...SMALL, sentences: undefined! }),
    RangeError,
    "only prompt",
  );
  await using device = openDevice({ threads: 1 });
  const { task } = await objective.prepare(contextOn(device));
  const { loss, metrics } = task.traced;
  const batches = [await task.batch(0), await task.batch(1), ...task.validation!];
  for (const feeds of batches) checkFeeds(buildProgram({ loss, ...metrics }), feeds);
  assertEquals(await task.batch(0), batches[0]!, "a function of the step");
  assertEquals(new Set(batches.map((feeds) => feeds["noise"]!.data.join())).size, 4);
});

Deno.test("sentenceBatch() predicts each word from those before it, and the end", () => {
  const vocabulary = vocabularyOf(smallDataset.vocabulary);
  const texts = ["On red, a lute", ""];
  const { words, tokens, targets, weights, kept, mask } = sentenceBatch(
    texts,
    vocabulary,
    8,
    random(1),
  );
  const known = [...sentenceTokens("on red, a")].map((word) => vocabulary.tokens.get(word)!);
  assertEquals([...words!.data.slice(0, 5)].map(Number), [...known, 0], "unknown words left out");
  assertEquals([...tokens!.data.slice(0, 6)].map(Number), [0, ...known, 0]);
  assertEquals([...targets!.data.slice(0, 5)].map(Number), [...known, 0]);
  assertEquals([...weights!.data.slice(0, 6)].map((weight) => Number(weight) > 0), [
    ...Array(5).fill(true),
    false,
  ]);
  assertAlmostEquals([...weights!.data].reduce<number>((a, b) => a + Number(b), 0), 1, 1e-5);
  assertEquals(mask!.data[24], 1, "an empty sentence is one empty word");
  assertEquals([kept!.data[0], kept!.data[25]], [1, 1], "the beginning is never hidden");
  const hidden = [...kept!.data].filter((value) => value === 0).length;
  assert(hidden > 5 && hidden < 30);
});

Deno.test("autoencodeText() learns to give sentences back, with standardised latents", async () => {
  await using device = openDevice({ threads: 1 });
  const all = await weights();
  const encoder = openNetwork(autoencoder.encoder, all, device);
  const decoder = openNetwork(autoencoder.decoder, all, device);
  const { latent } = await encoder.run(autoencoder.feeds(TEXTS));
  assertEquals(await autoencoder.decode(decoder, latent!, {}), TEXTS.map(written));
  const { data } = latent!;
  const mean = data.reduce((a, b) => a + b) / data.length;
  const square = data.reduce((sum, value) => sum + value * value, 0) / data.length;
  assertAlmostEquals(mean, 0, 0.15);
  assertAlmostEquals(square, 1, 0.15);
  // Small noise does not change what is written.
  const noisy = noise(latent!.shape, { seed: 1, name: "test" });
  noisy.data.forEach((value, i) => noisy.data[i] = data[i]! + 0.1 * value);
  const same = (await autoencoder.decode(decoder, noisy, {})).filter((text, i) =>
    text === written(TEXTS[i]!)
  );
  assert(same.length >= 0.9 * TEXTS.length, `${same.length} of ${TEXTS.length}`);
});

Deno.test("autoencodeTextNoisy() teaches the decoder noise, and leaves the encoder as it is", async () => {
  await using device = openDevice({ threads: 1 });
  const before = await weights();
  const noisy = autoencodeTextNoisy(SMALL);
  assertEquals([noisy.trains, noisy.startsFrom], [["text/autoencoder"], "text/autoencoder"]);
  const { task, finish } = await noisy.prepare({
    ...contextOn(device),
    weights: () => Promise.resolve(before),
  });
  const batch = await task.batch(0);
  checkFeeds(buildProgram({ loss: task.traced.loss }), batch);
  const options = { steps: 60, learningRate: 3e-3, warmup: 0, averageDecay: 0.8 };
  await using trainer = await openTrainer(task.scope, task.traced, options, {
    session: { threads: 1 },
    weights: task.weights!,
    frozen: task.frozen!,
  });
  const first = await trainer.evaluate(task.validation![0]!);
  for (let step = 0; step < 60; step++) await trainer.advance(await task.batch(step));
  const last = await trainer.evaluate(task.validation![0]!);
  assert(last["loss"]! < first["loss"]!, `${first["loss"]} to ${last["loss"]}`);
  const after = (await finish(await trainer.weights()))["text/autoencoder"]!.tensors;
  assertEquals(Object.keys(after).sort(), Object.keys(before).sort());
  const changed = Object.keys(after).filter((name) =>
    after[name]!.data.join() !== before[name]!.data.join()
  );
  assert(changed.length > 10 && changed.every((name) => name.startsWith("decoder.")), `${changed}`);
});

Deno.test("sentenceBatch() spreads the strength of the noise evenly when told so", () => {
  const vocabulary = vocabularyOf(smallDataset.vocabulary);
  const disturbance = { hidden: 0, spread: 2 };
  const { noise: drawn, kept } = sentenceBatch(
    Array(400).fill("a bell"),
    vocabulary,
    64,
    random(1),
    disturbance,
  );
  const lengths = Array.from({ length: 400 }, (_, row) => {
    const own = Array.from(drawn!.data.slice(row * 64, (row + 1) * 64), Number);
    return Math.sqrt(own.reduce((sum, value) => sum + value * value, 0) / 64);
  }).sort((a, b) => a - b);
  [0.5, 1, 1.5].forEach((length, i) => assertAlmostEquals(lengths[100 * (i + 1)]!, length, 0.15));
  assert(kept!.data.every((value) => value === 1));
});

Deno.test("textAutoencoder() writes the same when asked again, alone or in a batch", async () => {
  await using device = openDevice({ threads: 1 });
  const decoder = openNetwork(autoencoder.decoder, await weights(), device);
  const latents = noise([6, 8], { seed: 5, name: "test" });
  const settings = { temperature: 2 };
  const likeliest = await autoencoder.decode(decoder, latents, { seed: 1 });
  assertEquals(await autoencoder.decode(decoder, latents, { seed: 2 }), likeliest);
  const drawn = await autoencoder.decode(decoder, latents, { seed: 1, settings });
  assertEquals(await autoencoder.decode(decoder, latents, { seed: 1, settings }), drawn);
  assert(drawn.join() !== likeliest.join());
  const other = await autoencoder.decode(decoder, latents, { seed: 2, settings });
  assert(drawn.join() !== other.join(), "another seed");
  const fifth = tensor([1, 8], latents.data.slice(32, 40));
  const alone = { seed: 1, samples: [4], settings };
  assertEquals(await autoencoder.decode(decoder, fifth, alone), [drawn[4]!]);
  assertEquals(await autoencoder.decode(decoder, fifth, { ...alone, seed: [1] }), [drawn[4]!]);
  const narrow = { seed: 1, settings: { temperature: 2, topP: 1e-6 } };
  const greedy = { settings: { beams: 1 } };
  assertEquals(
    await autoencoder.decode(decoder, latents, narrow),
    await autoencoder.decode(decoder, latents, greedy),
  );
});

Deno.test("textAutoencoder() writes only words of its vocabulary, however hot", async () => {
  await using device = openDevice({ threads: 1 });
  const decoder = openNetwork(autoencoder.decoder, await weights(), device);
  const latents = noise([8, 8], { seed: 6, name: "test" });
  const texts = await autoencoder.decode(decoder, latents, { settings: { temperature: 50 } });
  const known = new Set(smallDataset.vocabulary);
  for (const text of texts) {
    const words = text.split(/[ ,]+/).filter((word) => word !== "");
    assert(words.every((word) => known.has(word)), text);
    assert(words.length <= 24);
  }
  assert(texts.some((text) => text.split(" ").length > 8), "far from any caption");
});

Deno.test("textAutoencoder() ends writing when aborted", async () => {
  await using device = openDevice({ threads: 1 });
  const decoder = openNetwork(autoencoder.decoder, await weights(), device);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const error = await assertRejects(() =>
    autoencoder.decode(decoder, noise([1, 8], { seed: 1, name: "test" }), { signal })
  );
  assert(error === reason);
});
