import { noiseSchedule } from "@codi/core/diffusion";
import { input, mse } from "@codi/core/graph";
import { type AnyModality, SPACE_WIDTH } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import type { Objective, ObjectiveContext, PreparedObjective } from "@codi/core/training";
import { BATCH, denoisingBatch } from "./_denoising_batch.ts";
import { openSceneEncoder } from "./_encode_scenes.ts";
import { IMAGE_CONFIG, type ImageConfig, latentShape } from "./config.ts";
import { imageDiffusion, predict } from "./diffusion.ts";

/** Scenes whose latents and prompts are encoded before training, and those for validation. */
const SCENES = { train: 24576, test: 512 } as const;
/** Batches that the averaged weights are judged on. */
const VALIDATION_BATCHES = 4;

/**
 * The image diffusion network: latents with the prompt of a caption or of the picture itself (CoDi,
 * section 3.3). Mixes of captions of one scene teach it superposition.
 *
 * @param text The bridge.
 * @param config The sizes of the image networks.
 * @returns The objective; it trains the UNet and freezes autoencoder and prompt encoders.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { denoiseImage } from "@codi/image/training";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = denoiseImage(text);
 * assertEquals([trains, pairs], [["image/diffusion"], [["image", "text"], ["image", "image"]]]);
 * ```
 */
export function denoiseImage(text: AnyModality, config: ImageConfig = IMAGE_CONFIG): Objective {
  return {
    name: "denoise image",
    stage: "denoise",
    trains: ["image/diffusion"],
    freezes: ["image/autoencoder", "image/promptEncoder", `${text.name}/promptEncoder`],
    pairs: [["image", text.name], ["image", "image"]],
    options: { steps: 7500, learningRate: 2e-3, warmup: 100, averageDecay: 0.999 },
    prepare: (context) => prepare(context, text, config),
  };
}

async function prepare(
  context: ObjectiveContext,
  text: AnyModality,
  config: ImageConfig,
): Promise<PreparedObjective> {
  const { seed, size } = context;
  const encode = await openSceneEncoder(context, text, config);
  const train = await encode("train", Math.min(SCENES.train, size));
  const test = await encode("test", Math.min(SCENES.test, size));
  const { name, options } = imageDiffusion(config).schedule;
  const schedule = noiseSchedule(name, options);
  const scope = new Scope();
  const shape = [BATCH, ...latentShape(config)];
  const prediction = predict(scope, {
    z: input("z", shape),
    timestep: input("timestep", [BATCH]),
    condition: input("condition", [BATCH, SPACE_WIDTH]),
    present: input("present", [BATCH]),
  }, config);
  return {
    task: {
      scope,
      traced: { loss: mse(prediction, input("target", shape)) },
      batchSize: BATCH,
      batch: (step) => denoisingBatch(train, schedule, seed, "train", step),
      validation: Array.from(
        { length: VALIDATION_BATCHES },
        (_, step) => denoisingBatch(test, schedule, seed, "test", step),
      ),
    },
    finish: (weights) =>
      Promise.resolve({ "image/diffusion": { tensors: { ...weights }, metadata: {} } }),
  };
}
