import {
  abs,
  add,
  clamp,
  div,
  exp,
  mean,
  mse,
  mul,
  pixelShuffle,
  pixelUnshuffle,
  reshape,
  silu,
  split,
  stopGradient,
  sub,
  type Value,
} from "@codi/core/graph";
import type { Autoencoder } from "@codi/core/modality";
import { conv, normalizeGroups, residualBlock, type Scope } from "@codi/core/nn";
import { PICTURE_SHAPE, pictureBatch, splitPictures } from "./picture.ts";
import type { Tensor } from "@codi/core/tensor";

/** The shape of a picture's latent: [channels, height, width]. */
export const LATENT_SHAPE: readonly [number, number, number] = [4, 16, 16];

const WIDTH = 96;
const FINE_WIDTH = 32;

/** The mean and log-variance of latents given pictures. */
export interface Posterior {
  /** [batch, 4, 16, 16]. */
  readonly mean: Value;
  /** [batch, 4, 16, 16]. */
  readonly logVariance: Value;
}

/** The encoder: pictures [batch, 3, 64, 64] in [−1, 1] to a distribution over latents. */
export function encoder(scope: Scope, picture: Value): Posterior {
  let h = conv(scope.at("in"), pixelUnshuffle(picture, 4), WIDTH); // [batch, 96, 16, 16]
  for (let index = 0; index < 2; index++) h = residualBlock(scope.at(index), h, WIDTH);
  h = conv(scope.at("out"), silu(normalizeGroups(scope.at("norm"), h)), 2 * LATENT_SHAPE[0]);
  const [average, logVariance] = split(h, [LATENT_SHAPE[0], LATENT_SHAPE[0]], 1);
  return { mean: average!, logVariance: clamp(logVariance!, -20, 5) };
}

/** The decoder: latents [batch, 4, 16, 16] to pictures [batch, 3, 64, 64], about in [−1, 1]. */
export function decoder(scope: Scope, latent: Value): Value {
  let h = conv(scope.at("in"), latent, WIDTH);
  for (let index = 0; index < 3; index++) h = residualBlock(scope.at(index), h, WIDTH);
  h = conv(scope.at("up"), silu(normalizeGroups(scope.at("norm1"), h)), 4 * FINE_WIDTH, { kernel: 1 });
  h = residualBlock(scope.at("fine"), pixelShuffle(h, 2), FINE_WIDTH); // [batch, 32, 32, 32]
  h = conv(scope.at("out"), silu(normalizeGroups(scope.at("norm2"), h)), 12);
  return pixelShuffle(h, 2);
}

/**
 * The loss of the variational autoencoder (Kingma and Welling, 2014, equation 7; Rombach et al., 2022,
 * section 3.1): reconstruction by absolute and squared error, and a small divergence from a standard
 * normal prior, as a mean per element.
 *
 * @param scope Names the parameters, below `encoder` and `decoder`.
 * @param picture [batch, 3, 64, 64].
 * @param noise Standard normal, [batch, 4, 16, 16].
 */
export function autoencoderLoss(
  scope: Scope,
  picture: Value,
  noise: Value,
): { readonly loss: Value; readonly metrics: Record<string, Value> } {
  const { mean: average, logVariance } = encoder(scope.at("encoder"), picture);
  const latent = add(average, mul(exp(mul(logVariance, 0.5)), noise));
  const decoded = decoder(scope.at("decoder"), latent);
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

/** The names of the weights that hold the latents' mean and standard deviation, one per channel. */
export const LATENT_STATISTICS = { mean: "latent.mean", deviation: "latent.deviation" } as const;

/** A measured statistic of the latents, [1, channels, 1, 1]; training leaves it alone. */
function statistic(scope: Scope, name: string, initializer: "zeros" | "ones"): Value {
  const value = stopGradient(scope.parameter(name, [LATENT_SHAPE[0]], initializer));
  return reshape(value, [1, LATENT_SHAPE[0], 1, 1]);
}

/** The image autoencoder: pictures ⇄ latents of zero mean and unit variance per channel. */
export const autoencoder: Autoencoder<Tensor> = {
  latentShape: LATENT_SHAPE,
  encoder: {
    name: "image encoder",
    inputs: (batch) => ({ picture: { shape: [batch, ...PICTURE_SHAPE], dtype: "float32" } }),
    trace: (scope, { picture }) => {
      const { mean: average } = encoder(scope.at("encoder"), picture!);
      const centered = sub(average, statistic(scope, LATENT_STATISTICS.mean, "zeros"));
      return { latent: div(centered, statistic(scope, LATENT_STATISTICS.deviation, "ones")) };
    },
  },
  decoder: {
    name: "image decoder",
    inputs: (batch) => ({ latent: { shape: [batch, ...LATENT_SHAPE], dtype: "float32" } }),
    trace: (scope, { latent }) => {
      const scaled = mul(latent!, statistic(scope, LATENT_STATISTICS.deviation, "ones"));
      const moved = add(scaled, statistic(scope, LATENT_STATISTICS.mean, "zeros"));
      return { picture: decoder(scope.at("decoder"), moved) };
    },
  },
  feeds: (pictures) => ({ picture: pictureBatch(pictures) }),
  decode: async (network, latents, options) => {
    const { picture } = await network.run({ latent: latents }, options);
    return splitPictures(picture!);
  },
};
