import {
  type Autoencoder,
  originalLatent,
  pixelBox,
  standardizedLatent,
} from "@codi/core/modality";
import { type AutoencoderConfig, convolutionalDecoder, convolutionalEncoder } from "@codi/core/nn";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type ImageConfig, latentShape } from "./config.ts";
import { latentMask } from "./mask.ts";
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
    regionMask: (region) => boxMask(region, shape),
    latentMask: (mask) => latentMask(mask, shape),
    decode: async (network, latents, { signal }) => {
      const { picture } = await network.run({ latent: latents }, { signal });
      return splitPictures(picture!);
    },
  };
}

/** 1 for latents whose middle lies in a box of pixels, [channels, side, side]. */
function boxMask(region: string, shape: readonly [number, number, number]): Tensor {
  const { left, top, right, bottom } = pixelBox(region, PICTURE_SIDE, PICTURE_SIDE);
  const [, , side] = shape;
  const scale = PICTURE_SIDE / side;
  const mask = tensor(shape);
  for (let i = 0; i < mask.data.length; i++) {
    const x = (i % side + 0.5) * scale;
    const y = (Math.floor(i / side) % side + 0.5) * scale;
    mask.data[i] = x > left && x < right && y > top && y < bottom ? 1 : 0;
  }
  return mask;
}
