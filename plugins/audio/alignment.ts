import type { AnyModality } from "@codi/core/modality";
import { alignObjective, type Objective } from "@codi/core/training";
import { createAudio } from "./audio.ts";
import { AUDIO_CONFIG, type AudioConfig } from "./config.ts";
import { soundEmbedding } from "./prompt_encoder.ts";

/**
 * The audio prompt encoder: sounds and their captions (CoDi, section 3.2).
 *
 * @param text The bridge.
 * @param config The sizes of the audio networks.
 * @returns The objective; it trains the prompt encoder and freezes the bridge's.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { alignAudio } from "@codi/audio/training";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = alignAudio(text);
 * assertEquals([trains, pairs], [["audio/promptEncoder"], [["text", "audio"]]]);
 * ```
 */
export function alignAudio(text: AnyModality, config: AudioConfig = AUDIO_CONFIG): Objective {
  return alignObjective({
    modality: createAudio(config, {}),
    bridge: text,
    embed: (scope, { spectrogram }) => soundEmbedding(scope, spectrogram!, config),
    batch: 96,
    scenes: 12288,
    options: { steps: 2000, learningRate: 1.5e-3 },
  });
}
