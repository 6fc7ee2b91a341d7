import { type Autoencoder, originalLatent, standardizedLatent } from "@codi/core/modality";
import { type AutoencoderConfig, convolutionalDecoder, convolutionalEncoder } from "@codi/core/nn";
import type { Tensor } from "@codi/core/tensor";
import { type ImageConfig, latentShape } from "./config.ts";
import { PICTURE_SHAPE, PICTURE_SIDE, pictureBatch, splitPictures } from "./picture.ts";

/** The sizes of encoder and decoder. */
export function autoencoderConfig(config: ImageConfig): AutoencoderConfig {
  const { latentChannels, latentSide, autoencoder } = config;
  return { ...autoencoder, channels: 3, latentChannels, factor: PICTURE_SIDE / latentSide };
}

/**
 * The image autoencoder: pictures ⇄ latents of zero mean and unit variance per channel.
 *
 * @param config The sizes.
 * @returns Its networks, which share a file of weights.
 */
export function imageAutoencoder(config: ImageConfig): Autoencoder<Tensor> {
  const shape = latentShape(config);
  const sizes = autoencoderConfig(config);
  return {
    latentShape: shape,
    encoder: {
      name: "image encoder",
      inputs: (batch) => ({ picture: { shape: [batch, ...PICTURE_SHAPE], dtype: "float32" } }),
      trace: (scope, { picture }) => {
        const posterior = convolutionalEncoder(scope.at("encoder"), picture!, sizes);
        return { latent: standardizedLatent(scope, posterior.mean) };
      },
    },
    decoder: {
      name: "image decoder",
      inputs: (batch) => ({ latent: { shape: [batch, ...shape], dtype: "float32" } }),
      trace: (scope, { latent }) => {
        const original = originalLatent(scope, latent!);
        return { picture: convolutionalDecoder(scope.at("decoder"), original, sizes) };
      },
    },
    feeds: (pictures) => ({ picture: pictureBatch(pictures) }),
    decode: async (network, latents, { signal }) => {
      const { picture } = await network.run({ latent: latents }, { signal });
      return splitPictures(picture!);
    },
  };
}
