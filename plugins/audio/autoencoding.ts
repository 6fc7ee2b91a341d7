import { autoencoderLoss } from "@codi/core/nn";
import { autoencodeObjective, type Objective } from "@codi/core/training";
import { AUDIO_CONFIG, type AudioConfig } from "./config.ts";
import { audioAutoencoder, autoencoderConfig } from "./vae.ts";

/**
 * The audio autoencoder: sounds alone, as spectrograms (CoDi, section 3.3).
 *
 * @param config The sizes of the networks.
 * @returns The objective; it trains the autoencoder and measures its latents.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { autoencodeAudio } from "@codi/audio/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = autoencodeAudio();
 * assertEquals([trains, pairs], [["audio/autoencoder"], [["audio"]]]);
 * ```
 */
export function autoencodeAudio(config: AudioConfig = AUDIO_CONFIG): Objective {
  return autoencodeObjective({
    modality: "audio",
    autoencoder: audioAutoencoder(config),
    loss: (scope, { spectrogram }, noise) =>
      autoencoderLoss(scope, spectrogram!, noise, autoencoderConfig(config)),
    batch: 16,
    scenes: 8192,
    options: { steps: 5000, learningRate: 2e-3 },
  });
}
