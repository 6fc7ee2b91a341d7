import { assert, assertEquals, assertRejects } from "@std/assert";
import { buildProgram } from "@codi/core/graph";
import { type AnyModality, type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import { linear, normalizeLength } from "@codi/core/nn";
import { checkFeeds, openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type ObjectiveContext, pairsOf, type PartPath } from "@codi/core/training";
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
    pair: (first: string, second = first) => pairsOf(noiseDataset, objective.name, [first, second]),
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
      [`prompts ${split} 20`, [20, 256]],
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
  const counting: typeof noiseDataset = {
    ...noiseDataset,
    caption: (...key) => (captions++, noiseDataset.caption(...key)),
  };
  const { context, cached } = contextOf(device, {
    pair: (first, second = first) => pairsOf(counting, objective.name, [first, second]),
    signal: controller.signal,
    onProgress: (message) => {
      if (message.includes("prompts")) controller.abort(reason);
    },
  });
  const error = await assertRejects(() => objective.prepare(context));
  assert(error === reason);
  assertEquals([...cached.keys()], ["latents train 20", "prompts train 20"]);
  assertEquals(captions, 0, "no more samples are drawn");
});
