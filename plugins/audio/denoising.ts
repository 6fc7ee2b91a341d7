import type { AnyModality } from "@codi/core/modality";
import { denoiseObjective, type Objective } from "@codi/core/training";
import { createAudio } from "./audio.ts";
import { AUDIO_CONFIG, type AudioConfig } from "./config.ts";

/**
 * The audio diffusion network: latents with the prompt of a caption or of the sound itself (CoDi,
 * section 3.3). Mixes of captions of one scene teach it superposition.
 *
 * @param text The bridge.
 * @param config The sizes of the audio networks.
 * @returns The objective; it trains the UNet and freezes autoencoder and prompt encoders.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { denoiseAudio } from "@codi/audio/training";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = denoiseAudio(text);
 * assertEquals([trains, pairs], [["audio/diffusion"], [["audio", "text"], ["audio", "audio"]]]);
 * ```
 */
export function denoiseAudio(text: AnyModality, config: AudioConfig = AUDIO_CONFIG): Objective {
  return denoiseObjective({
    modality: createAudio(config, {}),
    bridge: text,
    batch: 64,
    shift: 6,
    wholeCaptions: 2,
    scenes: { train: 20480, test: 512 },
    options: { steps: 7500, learningRate: 2e-3, warmup: 100, averageDecay: 0.999 },
  });
}
