/**
 * Images for CoDi: pictures of 64×64 pixels.
 *
 * @module
 */
import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { codec } from "./codec.ts";
import { IMAGE_CONFIG, type ImageConfig } from "./config.ts";
import { imageDiffusion } from "./diffusion.ts";
import { imagePromptEncoder } from "./prompt_encoder.ts";
import { imageAutoencoder } from "./vae.ts";

export type { ImageConfig };

/**
 * An image modality of any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are.
 */
export function createImage(
  config: ImageConfig,
  weights: Readonly<Partial<Record<PartName, URL>>>,
): Modality<"image", Tensor> {
  return defineModality({
    name: "image",
    version: "0.1.0",
    space: "band-1",
    bridge: false,
    codec,
    promptEncoder: imagePromptEncoder(config),
    autoencoder: imageAutoencoder(config),
    diffusion: imageDiffusion(config),
    weights,
  });
}

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/** Pictures: [3, 64, 64], red, green and blue in [−1, 1]. */
export const image: Modality<"image", Tensor> = createImage(IMAGE_CONFIG, {
  promptEncoder: weights("prompt_encoder"),
  autoencoder: weights("autoencoder"),
  diffusion: weights("diffusion"),
});
