import { input } from "@codi/core/graph";
import { openNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { type Random, random } from "@codi/core/random";
import type { Tensor } from "@codi/core/tensor";
import type { Objective, ObjectiveContext, PreparedObjective } from "@codi/core/training";
import { AUDIO_CONFIG, type AudioConfig } from "./config.ts";
import { logMelBatch, MEL_SHAPE } from "./mel.ts";
import { SOUND_SAMPLES, soundBatch } from "./sound.ts";
import { audioAutoencoder } from "./vae.ts";
import { vocoderLoss } from "./vocoder_loss.ts";

/** Sounds of a batch. */
const BATCH = 8;
/** How often features are what the autoencoder makes of a latent, as they are in a generation. */
const DECODED = 0.75;
/** The deviation of noise on those latents, which generated ones are not free of. */
const LATENT_NOISE = 0.1;
/** The deviation of noise on the features themselves. */
const FEATURE_NOISE = 0.01;
/** Batches that the averaged weights are judged on. */
const VALIDATION_BATCHES = 4;

/**
 * The neural vocoder: sounds alone, made again from their features, and from what is left of these
 * behind the frozen autoencoder, which is all that it gets in a generation.
 *
 * @param config The sizes of the networks.
 * @returns The objective; it trains the renderer of the audio autoencoder.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { vocodeAudio } from "@codi/audio/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = vocodeAudio();
 * assertEquals([trains, pairs], [["audio/renderer"], [["audio"]]]);
 * ```
 */
export function vocodeAudio(config: AudioConfig = AUDIO_CONFIG): Objective {
  return {
    name: "autoencode audio renderer",
    stage: "autoencode",
    trains: ["audio/renderer"],
    freezes: ["audio/autoencoder"],
    pairs: [["audio"]],
    options: { steps: 2500, learningRate: 2e-3 },
    prepare: (context) => prepare(context, config),
  };
}

async function prepare(
  { pair, seed, size, device, weights }: ObjectiveContext,
  config: AudioConfig,
): Promise<PreparedObjective> {
  const pairs = pair("audio");
  const limit = Math.min(size, 1e9);
  const autoencoder = audioAutoencoder(config);
  const frozen = await weights("audio/autoencoder");
  const encoder = openNetwork(autoencoder.encoder, frozen, device);
  const decoder = openNetwork(autoencoder.decoder, frozen, device);
  const throughLatents = async (spectrogram: Tensor, draw: Random) => {
    const latent = (await encoder.run({ spectrogram }))["latent"]!;
    addNoise(latent, LATENT_NOISE, draw);
    return (await decoder.run({ latent }))["spectrogram"]!;
  };
  const batchOf = async (split: "train" | "test", step: number) => {
    const draw = random(seed, "vocode", split, step);
    const sounds = await Promise.all(
      Array.from({ length: BATCH }, () => pairs.sample("audio", split, draw.integer(limit))),
    ) as Tensor[];
    const real = logMelBatch(sounds);
    const spectrogram = draw.uniform() < DECODED ? await throughLatents(real, draw) : real;
    addNoise(spectrogram, FEATURE_NOISE, draw);
    return { spectrogram, sound: soundBatch(sounds) };
  };
  const scope = new Scope();
  const spectrogram = input("spectrogram", [BATCH, ...MEL_SHAPE]);
  const sound = input("sound", [BATCH, SOUND_SAMPLES]);
  return {
    task: {
      scope,
      traced: vocoderLoss(scope, spectrogram, sound, config),
      batchSize: BATCH,
      batch: (step) => batchOf("train", step),
      validation: await Promise.all(
        Array.from({ length: VALIDATION_BATCHES }, (_, step) => batchOf("test", step)),
      ),
    },
    finish: (tensors) =>
      Promise.resolve({ "audio/renderer": { tensors: { ...tensors }, metadata: {} } }),
  };
}

function addNoise({ data }: Tensor, deviation: number, draw: Random): void {
  const noise = draw.fillNormal(new Float32Array(data.length));
  noise.forEach((value, i) => data[i]! += deviation * value);
}
