import type { AnyModality } from "@codi/core/modality";
import { denoiseObjective, type Objective } from "@codi/core/training";
import { IMAGE_CONFIG, type ImageConfig } from "./config.ts";
import { createImage } from "./image.ts";

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
  return denoiseObjective({
    modality: createImage(config, {}),
    bridge: text,
    batch: 64,
    scenes: { train: 24576, test: 512 },
    options: { steps: 7500, learningRate: 2e-3, warmup: 100, averageDecay: 0.999 },
  });
}
