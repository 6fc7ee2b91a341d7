import { input } from "@codi/core/graph";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import type { Tensor } from "@codi/core/tensor";
import type { Objective, ObjectiveContext, PreparedObjective } from "@codi/core/training";
import { AUDIO_CONFIG, type AudioConfig } from "./config.ts";
import { logMelBatch, MEL_SHAPE } from "./mel.ts";
import { SOUND_SAMPLES, soundBatch } from "./sound.ts";
import { vocoderLoss } from "./vocoder_loss.ts";

/** Sounds of a batch. */
const BATCH = 8;
/** The deviation of noise on features, which decoded ones are not free of. */
const FEATURE_NOISE = 0.03;
/** Batches that the averaged weights are judged on. */
const VALIDATION_BATCHES = 4;

/**
 * The neural vocoder: sounds alone, made again from their features.
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
    freezes: [],
    pairs: [["audio"]],
    options: { steps: 2500, learningRate: 2e-3 },
    prepare: (context) => prepare(context, config),
  };
}

async function prepare(
  { pair, seed, size }: ObjectiveContext,
  config: AudioConfig,
): Promise<PreparedObjective> {
  const pairs = pair("audio");
  const limit = Math.min(size, 1e9);
  const batchOf = async (split: "train" | "test", step: number) => {
    const draw = random(seed, "vocode", split, step);
    const sounds = await Promise.all(
      Array.from({ length: BATCH }, () => pairs.sample("audio", split, draw.integer(limit))),
    ) as Tensor[];
    const spectrogram = logMelBatch(sounds);
    const noise = draw.fillNormal(new Float32Array(spectrogram.data.length));
    noise.forEach((value, i) => spectrogram.data[i]! += FEATURE_NOISE * value);
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
