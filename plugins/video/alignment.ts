import type { AnyModality } from "@codi/core/modality";
import { alignObjective, type Objective } from "@codi/core/training";
import { VIDEO_CONFIG, type VideoConfig } from "./config.ts";
import { clipEmbedding } from "./prompt_encoder.ts";
import { createVideo } from "./video.ts";

/**
 * The video prompt encoder: clips and their captions (CoDi, section 3.2).
 *
 * @param text The bridge.
 * @param config The sizes of the video networks.
 * @returns The objective; it trains the prompt encoder and freezes the bridge's.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { text } from "@codi/text";
 * import { alignVideo } from "@codi/video/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = alignVideo(text);
 * assertEquals([trains, pairs], [["video/promptEncoder"], [["text", "video"]]]);
 * ```
 */
export function alignVideo(text: AnyModality, config: VideoConfig = VIDEO_CONFIG): Objective {
  return alignObjective({
    modality: createVideo(config, {}),
    bridge: text,
    embed: (scope, inputs) => clipEmbedding(scope, inputs, config),
    batch: 96,
    options: { steps: 2000, learningRate: 1.5e-3 },
  });
}
