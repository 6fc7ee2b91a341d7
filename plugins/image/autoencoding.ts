import { autoencoderLoss } from "@codi/core/nn";
import { autoencodeObjective, type Objective } from "@codi/core/training";
import { IMAGE_CONFIG, type ImageConfig } from "./config.ts";
import { autoencoderConfig, imageAutoencoder } from "./vae.ts";

/**
 * The image autoencoder: pictures alone (CoDi, section 3.3; Rombach et al., 2022, section 3.1).
 *
 * @param config The sizes of the networks.
 * @returns The objective; it trains the autoencoder and measures its latents.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { autoencodeImage } from "@codi/image/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = autoencodeImage();
 * assertEquals([trains, pairs], [["image/autoencoder"], [["image"]]]);
 * ```
 */
export function autoencodeImage(config: ImageConfig = IMAGE_CONFIG): Objective {
  return autoencodeObjective({
    modality: "image",
    autoencoder: imageAutoencoder(config),
    loss: (scope, { picture }, noise) =>
      autoencoderLoss(scope, picture!, noise, autoencoderConfig(config)),
    batch: 16,
    options: { steps: 5500, learningRate: 2e-3 },
  });
}
