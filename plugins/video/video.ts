import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { codec } from "./codec.ts";
import { VIDEO_CONFIG, type VideoConfig } from "./config.ts";
import { videoDiffusion } from "./diffusion.ts";
import { videoEnvironment } from "./environment.ts";
import { videoPromptEncoder } from "./prompt_encoder.ts";
import { videoAutoencoder } from "./vae.ts";

/**
 * A video modality of any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are: safetensors files.
 * @returns The modality; its samples are clips, [16, 3, 64, 64] in [−1, 1].
 *
 * @example A small one, to be trained
 * ```ts
 * import { createVideo } from "@codi/video";
 * import { VIDEO_CONFIG } from "@codi/video/training";
 * import { assertEquals } from "@std/assert";
 *
 * const small = createVideo({ ...VIDEO_CONFIG, latentSide: 8 }, {
 *   autoencoder: new URL("file:///weights/autoencoder.safetensors"),
 * });
 * assertEquals([small.name, small.bridge], ["video", false]);
 * assertEquals(small.autoencoder?.latentShape, [16, 4, 8, 8]);
 * ```
 */
export function createVideo(
  config: VideoConfig,
  weights: Readonly<Partial<Record<PartName, URL>>>,
): Modality<"video", Tensor> {
  return defineModality({
    name: "video",
    version: "0.1.0",
    space: "band-1",
    bridge: false,
    codec,
    promptEncoder: videoPromptEncoder(config),
    autoencoder: videoAutoencoder(config),
    diffusion: videoDiffusion(config),
    environment: videoEnvironment(config),
    weights,
  });
}

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/**
 * Clips of two seconds, [16, 3, 64, 64]: 16 frames, eight a second, of red, green and blue in [−1, 1],
 * with the shipped networks.
 *
 * @example A prompt of a clip
 * ```ts
 * import { video } from "@codi/video";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const black = tensor([16, 3, 64, 64], new Float32Array(16 * 3 * 64 * 64).fill(-1));
 * assertEquals(video.prompt(black, { weight: 0.5 }).weight, 0.5);
 * ```
 */
export const video: Modality<"video", Tensor> = createVideo(VIDEO_CONFIG, {
  promptEncoder: weights("prompt_encoder"),
  autoencoder: weights("autoencoder"),
  diffusion: weights("diffusion"),
  environment: weights("environment"),
});
