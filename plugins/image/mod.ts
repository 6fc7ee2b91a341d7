/**
 * Images for CoDi: pictures of 64×64 pixels.
 *
 * @module
 */
import { defineModality, type Modality } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { codec } from "./codec.ts";
import { diffusion } from "./diffusion.ts";
import { promptEncoder } from "./prompt_encoder.ts";
import { autoencoder } from "./vae.ts";

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/** Pictures: [3, 64, 64], red, green and blue in [−1, 1]. */
export const image: Modality<"image", Tensor> = defineModality({
  name: "image",
  version: "0.1.0",
  space: "band-1",
  bridge: false,
  codec,
  promptEncoder,
  autoencoder,
  diffusion,
  weights: {
    promptEncoder: weights("prompt_encoder"),
    autoencoder: weights("autoencoder"),
    diffusion: weights("diffusion"),
  },
});
