import { autoencoderLoss } from "@codi/core/nn";
import { autoencodeObjective, type Objective } from "@codi/core/training";
import { VIDEO_CONFIG, type VideoConfig } from "./config.ts";
import { autoencoderConfig, framesOf, videoAutoencoder } from "./vae.ts";

/**
 * The video autoencoder: clips alone, frame by frame (CoDi, section 3.3). It starts from the image
 * autoencoder's weights, whose architecture it shares.
 *
 * @param config The sizes of the networks.
 * @returns The objective; it trains the autoencoder and measures its latents.
 *
 * @example What it trains, sees, and starts from
 * ```ts
 * import { autoencodeVideo } from "@codi/video/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs, startsFrom } = autoencodeVideo();
 * assertEquals([trains, pairs], [["video/autoencoder"], [["video"]]]);
 * assertEquals(startsFrom, "image/autoencoder");
 * ```
 */
export function autoencodeVideo(config: VideoConfig = VIDEO_CONFIG): Objective {
  return autoencodeObjective({
    modality: "video",
    autoencoder: videoAutoencoder(config),
    loss: (scope, { clip }, noise) =>
      autoencoderLoss(scope, framesOf(clip!), framesOf(noise), autoencoderConfig(config)),
    channelAxis: 2,
    startsFrom: "image/autoencoder",
    batch: 2,
    options: { steps: 500, learningRate: 4e-4 },
  });
}
