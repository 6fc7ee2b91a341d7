import { input } from "@codi/core/graph";
import { openNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import type { Objective, ObjectiveContext, PreparedObjective } from "@codi/core/training";
import { channelStatistics } from "./_channel_statistics.ts";
import { IMAGE_CONFIG, type ImageConfig, latentShape } from "./config.ts";
import { PICTURE_SHAPE, pictureBatch } from "./picture.ts";
import { autoencoderLoss, imageAutoencoder, LATENT_STATISTICS } from "./vae.ts";

const BATCH = 16;
/** Pictures whose latents' statistics are measured. */
const STATISTICS_PICTURES = 1024;

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
  return {
    name: "autoencode image",
    stage: "autoencode",
    trains: ["image/autoencoder"],
    freezes: [],
    pairs: [["image"]],
    options: { steps: 5500, learningRate: 2e-3 },
    prepare: (context) => Promise.resolve(prepare(context, config)),
  };
}

function prepare(context: ObjectiveContext, config: ImageConfig): PreparedObjective {
  const { pairs, seed, size, device } = context;
  const scope = new Scope();
  const noiseShape = [BATCH, ...latentShape(config)];
  const limit = Math.min(size, 1e9);
  const samples = (indices: readonly number[]) =>
    Promise.all(indices.map((index) => pairs.sample("image", "train", index))) as Promise<Tensor[]>;
  return {
    task: {
      scope,
      traced: autoencoderLoss(
        scope,
        input("picture", [BATCH, ...PICTURE_SHAPE]),
        input("noise", noiseShape),
        config,
      ),
      batchSize: BATCH,
      batch: async (step) => {
        const draw = random(seed, "autoencode", "train", step);
        const indices = Array.from({ length: BATCH }, () => draw.integer(limit));
        const noise = tensor(noiseShape);
        draw.fillNormal(noise.data);
        return { picture: pictureBatch(await samples(indices)), noise };
      },
    },
    finish: async (weights) => {
      const draw = random(seed, "statistics");
      const indices = Array.from({ length: STATISTICS_PICTURES }, () => draw.integer(limit));
      const autoencoder = imageAutoencoder(config);
      // Latents as they are: of mean 0 and deviation 1 until these are measured.
      const [channels] = latentShape(config);
      const unmeasured = {
        [LATENT_STATISTICS.mean]: tensor([channels]),
        [LATENT_STATISTICS.deviation]: tensor([channels], new Float32Array(channels).fill(1)),
      };
      const encoder = openNetwork(autoencoder.encoder, { ...weights, ...unmeasured }, device);
      const { latent } = await encoder.run(autoencoder.feeds(await samples(indices)));
      const { mean, deviation } = channelStatistics(latent!);
      const measured = {
        [LATENT_STATISTICS.mean]: mean,
        [LATENT_STATISTICS.deviation]: deviation,
      };
      return { "image/autoencoder": { tensors: { ...weights, ...measured }, metadata: {} } };
    },
  };
}
