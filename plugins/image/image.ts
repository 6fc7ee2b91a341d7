import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { codec } from "./codec.ts";
import { IMAGE_CONFIG, type ImageConfig } from "./config.ts";
import { imageDiffusion } from "./diffusion.ts";
import { imageEnvironment } from "./environment.ts";
import { imagePromptEncoder } from "./prompt_encoder.ts";
import { imageAutoencoder } from "./vae.ts";

/**
 * An image modality of any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are: safetensors files.
 * @returns The modality; its samples are pictures, [3, 64, 64] in [−1, 1].
 *
 * @example A small one, to be trained
 * ```ts
 * import { createImage } from "@codi/image";
 * import { IMAGE_CONFIG } from "@codi/image/training";
 * import { assertEquals } from "@std/assert";
 *
 * const small = createImage({ ...IMAGE_CONFIG, latentSide: 8 }, {
 *   autoencoder: new URL("file:///weights/autoencoder.safetensors"),
 * });
 * assertEquals([small.name, small.bridge], ["image", false]);
 * assertEquals(small.autoencoder?.latentShape, [4, 8, 8]);
 * ```
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
    environment: imageEnvironment(config),
    weights,
  });
}

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/**
 * Pictures, [3, 64, 64], red, green and blue in [−1, 1], with the shipped networks.
 *
 * @example A file and back
 * ```ts
 * import { image } from "@codi/image";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const white = tensor([3, 64, 64], new Float32Array(3 * 64 * 64).fill(1));
 * const png = await image.codec.encode(white, { description: "nothing" });
 * assertEquals(await image.codec.decode(png), white);
 * ```
 */
export const image: Modality<"image", Tensor> = createImage(IMAGE_CONFIG, {
  promptEncoder: weights("prompt_encoder"),
  autoencoder: weights("autoencoder"),
  diffusion: weights("diffusion"),
  environment: weights("environment"),
});
