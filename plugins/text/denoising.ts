import { input, mse } from "@codi/core/graph";
import { type AnyModality, scheduleOf } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import {
  denoisingBatch,
  type Objective,
  type ObjectiveContext,
  type PreparedObjective,
} from "@codi/core/training";
import { openSceneEncoder } from "./_encode_scenes.ts";
import { type SentenceConfig, TEXT_CONFIG, type TextConfig } from "./config.ts";
import { textDiffusion } from "./diffusion.ts";

const BATCH = 192;
/** Scenes that are encoded before training, and those for validation. */
const SCENES = { train: 24576, test: 512 } as const;
/** Batches that the averaged weights are judged on. */
const VALIDATION_BATCHES = 4;

/**
 * The text diffusion network: a sentence's latent with the prompt of another wording of it, or of the
 * scene in another modality, one pair at a time (CoDi, section 3.3).
 *
 * @param prompts The other modalities whose prompts it learns to read.
 * @param config The sizes of the text networks.
 * @returns The objective; it trains the UNet and freezes autoencoder and prompt encoders.
 * @throws {RangeError} If the text only prompts.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { image } from "@codi/image";
 * import { denoiseText } from "@codi/text/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = denoiseText([image]);
 * assertEquals([trains, pairs], [["text/diffusion"], [["text", "text"], ["text", "image"]]]);
 * ```
 */
export function denoiseText(
  prompts: readonly AnyModality[],
  config: TextConfig = TEXT_CONFIG,
): Objective {
  const { sentences } = config;
  if (sentences === undefined) {
    throw new RangeError('Cannot denoise "text": its networks only prompt');
  }
  return {
    name: "denoise text",
    stage: "denoise",
    trains: ["text/diffusion"],
    freezes: [
      "text/autoencoder",
      "text/promptEncoder",
      ...prompts.map(({ name }) => `${name}/promptEncoder` as const),
    ],
    pairs: [["text", "text"], ...prompts.map(({ name }) => ["text", name])],
    options: { steps: 8000, learningRate: 1.5e-3, warmup: 200, averageDecay: 0.999 },
    prepare: (context) => prepare(context, prompts, config, sentences),
  };
}

async function prepare(
  context: ObjectiveContext,
  prompts: readonly AnyModality[],
  config: TextConfig,
  sentences: SentenceConfig,
): Promise<PreparedObjective> {
  const { seed, size } = context;
  const encode = await openSceneEncoder(context, prompts, config, sentences);
  const train = await encode("train", Math.min(SCENES.train, size));
  const test = await encode("test", Math.min(SCENES.test, size));
  const diffusion = textDiffusion(sentences);
  const { network, prediction: predicts } = diffusion;
  const how = { schedule: scheduleOf(diffusion), batch: BATCH, prediction: predicts };
  const scope = new Scope();
  const inputs = Object.entries(network.inputs(BATCH));
  const { prediction } = network.trace(
    scope,
    Object.fromEntries(inputs.map(([key, { shape, dtype }]) => [key, input(key, shape, dtype)])),
  );
  return {
    task: {
      scope,
      traced: { loss: mse(prediction!, input("target", [BATCH, sentences.latentChannels])) },
      batchSize: BATCH,
      batch: (step) => denoisingBatch(train, how, seed, "train", step),
      validation: Array.from(
        { length: VALIDATION_BATCHES },
        (_, step) => denoisingBatch(test, how, seed, "test", step),
      ),
    },
    finish: (weights) =>
      Promise.resolve({ "text/diffusion": { tensors: { ...weights }, metadata: {} } }),
  };
}
