import {
  abs,
  add,
  clamp,
  exp,
  mean,
  mse,
  mul,
  pixelShuffle,
  pixelUnshuffle,
  silu,
  split,
  sub,
  type Value,
} from "@codi/core/graph";
import { type Autoencoder, originalLatent, standardizedLatent } from "@codi/core/modality";
import { conv, normalizeGroups, residualBlock, type Scope } from "@codi/core/nn";
import { type ImageConfig, latentShape } from "./config.ts";
import { PICTURE_SHAPE, PICTURE_SIDE, pictureBatch, splitPictures } from "./picture.ts";
import type { Tensor } from "@codi/core/tensor";

/** The mean and log-variance of latents given pictures. */
export interface Posterior {
  /** [batch, channels, side, side]. */
  readonly mean: Value;
  /** [batch, channels, side, side]. */
  readonly logVariance: Value;
}

/**
 * The encoder: pictures to a distribution over latents.
 *
 * @param scope Names the parameters.
 * @param picture [batch, 3, 64, 64] in [−1, 1].
 * @param config The sizes.
 * @returns Mean and log-variance, [batch, channels, side, side].
 */
export function encoder(scope: Scope, picture: Value, config: ImageConfig): Posterior {
  const { latentChannels, latentSide, autoencoder: { width, encoderBlocks } } = config;
  let h = conv(scope.at("in"), pixelUnshuffle(picture, PICTURE_SIDE / latentSide), width);
  for (let index = 0; index < encoderBlocks; index++) h = residualBlock(scope.at(index), h, width);
  h = conv(scope.at("out"), silu(normalizeGroups(scope.at("norm"), h)), 2 * latentChannels);
  const [average, logVariance] = split(h, [latentChannels, latentChannels], 1);
  return { mean: average!, logVariance: clamp(logVariance!, -20, 5) };
}

/**
 * The decoder: latents to pictures.
 *
 * @param scope Names the parameters.
 * @param latent [batch, channels, side, side], as the encoder gives them, not standardised.
 * @param config The sizes.
 * @returns [batch, 3, 64, 64], about in [−1, 1].
 */
export function decoder(scope: Scope, latent: Value, config: ImageConfig): Value {
  const { latentSide, autoencoder: { width, decoderBlocks, fineWidth } } = config;
  let h = conv(scope.at("in"), latent, width);
  for (let index = 0; index < decoderBlocks; index++) h = residualBlock(scope.at(index), h, width);
  h = conv(scope.at("up"), silu(normalizeGroups(scope.at("norm1"), h)), 4 * fineWidth, {
    kernel: 1,
  });
  h = residualBlock(scope.at("fine"), pixelShuffle(h, 2), fineWidth); // [batch, fine, 2 side, 2 side]
  const factor = PICTURE_SIDE / (2 * latentSide);
  h = conv(scope.at("out"), silu(normalizeGroups(scope.at("norm2"), h)), 3 * factor * factor);
  return pixelShuffle(h, factor);
}

/**
 * The loss of the variational autoencoder (Kingma and Welling, 2014, equation 7; Rombach et al., 2022,
 * section 3.1): reconstruction by absolute and squared error, and a small divergence from a standard
 * normal prior, as a mean per element.
 *
 * @param scope Names the parameters, below `encoder` and `decoder`.
 * @param picture [batch, 3, 64, 64].
 * @param noise Standard normal, of the latents' shape.
 * @param config The sizes.
 * @returns The loss, and its three terms.
 */
export function autoencoderLoss(
  scope: Scope,
  picture: Value,
  noise: Value,
  config: ImageConfig,
): { readonly loss: Value; readonly metrics: Record<string, Value> } {
  const { mean: average, logVariance } = encoder(scope.at("encoder"), picture, config);
  const latent = add(average, mul(exp(mul(logVariance, 0.5)), noise));
  const decoded = decoder(scope.at("decoder"), latent, config);
  const squared = mse(decoded, picture);
  const absolute = mean(abs(sub(decoded, picture)));
  const divergence = mul(
    mean(sub(add(mul(average, average), exp(logVariance)), add(logVariance, 1))),
    0.5,
  );
  return {
    loss: add(add(absolute, squared), mul(divergence, DIVERGENCE_WEIGHT)),
    metrics: { squared, absolute, divergence },
  };
}

/** How much the divergence from the prior counts. */
export const DIVERGENCE_WEIGHT = 3e-3;

/**
 * The image autoencoder: pictures ⇄ latents of zero mean and unit variance per channel.
 *
 * @param config The sizes.
 * @returns Its networks, which share a file of weights.
 */
export function imageAutoencoder(config: ImageConfig): Autoencoder<Tensor> {
  const shape = latentShape(config);
  return {
    latentShape: shape,
    encoder: {
      name: "image encoder",
      inputs: (batch) => ({ picture: { shape: [batch, ...PICTURE_SHAPE], dtype: "float32" } }),
      trace: (scope, { picture }) => {
        const posterior = encoder(scope.at("encoder"), picture!, config);
        return { latent: standardizedLatent(scope, posterior.mean) };
      },
    },
    decoder: {
      name: "image decoder",
      inputs: (batch) => ({ latent: { shape: [batch, ...shape], dtype: "float32" } }),
      trace: (scope, { latent }) => {
        const original = originalLatent(scope, latent!);
        return { picture: decoder(scope.at("decoder"), original, config) };
      },
    },
    feeds: (pictures) => ({ picture: pictureBatch(pictures) }),
    decode: async (network, latents, { signal }) => {
      const { picture } = await network.run({ latent: latents }, { signal });
      return splitPictures(picture!);
    },
  };
}
