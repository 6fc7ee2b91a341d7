import type { AnyModality } from "@codi/core/modality";
import { denoiseObjective, type Objective } from "@codi/core/training";
import { VIDEO_CONFIG, type VideoConfig } from "./config.ts";
import { createVideo } from "./video.ts";

const SCENES = { train: 8192, test: 128 } as const;
/** Clips of a batch. */
const BATCH = 4;

/**
 * The layers along time of the video diffusion network, while those of each frame stay the image
 * network's (CoDi, section 3.3): the first of two phases.
 *
 * @param text The bridge.
 * @param config The sizes of the video networks.
 * @returns The objective; it gives whole video weights and freezes all that are the image's.
 *
 * @example What it trains and freezes
 * ```ts
 * import { text } from "@codi/text";
 * import { denoiseVideoTemporal } from "@codi/video/training";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { name, trains, freezes } = denoiseVideoTemporal(text);
 * assertEquals([name, trains], ["denoise video temporal", ["video/diffusion"]]);
 * assert(freezes.includes("image/diffusion"));
 * ```
 */
export function denoiseVideoTemporal(
  text: AnyModality,
  config: VideoConfig = VIDEO_CONFIG,
): Objective {
  return denoiseObjective({
    name: "denoise video temporal",
    modality: createVideo(config, {}),
    bridge: text,
    batch: BATCH,
    scenes: SCENES,
    holds: "image/diffusion",
    options: { steps: 1500, learningRate: 2e-3, averageDecay: 0.998 },
  });
}

/**
 * The video diffusion network: latents with the prompt of a caption or of the clip itself (CoDi,
 * section 3.3). All layers move, from where {@linkcode denoiseVideoTemporal} left them.
 *
 * @param text The bridge.
 * @param config The sizes of the video networks.
 * @returns The objective; it trains the UNet and freezes autoencoder and prompt encoders.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { text } from "@codi/text";
 * import { denoiseVideo } from "@codi/video/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = denoiseVideo(text);
 * assertEquals([trains, pairs], [["video/diffusion"], [["video", "text"], ["video", "video"]]]);
 * ```
 */
export function denoiseVideo(text: AnyModality, config: VideoConfig = VIDEO_CONFIG): Objective {
  return denoiseObjective({
    modality: createVideo(config, {}),
    bridge: text,
    batch: BATCH,
    scenes: SCENES,
    shift: 3,
    wholeCaptions: 2,
    change: { axis: 0, weight: 4 },
    startsFrom: "video/diffusion",
    options: { steps: 6000, learningRate: 1e-3, averageDecay: 0.999 },
  });
}
