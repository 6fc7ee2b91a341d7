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
} from "../graph/mod.ts";
import { residualBlock } from "./blocks.ts";
import { conv, normalizeGroups } from "./layers.ts";
import type { Scope } from "./scope.ts";

/** The shape of a convolutional autoencoder. */
export interface AutoencoderConfig {
  /** Channels of what is encoded. */
  readonly channels: number;
  /** Channels of a latent. */
  readonly latentChannels: number;
  /** The side of the square that becomes one latent pixel, an even number. */
  readonly factor: number;
  /** Channels at the latent's resolution. */
  readonly width: number;
  /** Residual blocks of the encoder there. */
  readonly encoderBlocks: number;
  /** Residual blocks of the decoder there. */
  readonly decoderBlocks: number;
  /** Channels at twice that resolution, in the decoder. */
  readonly fineWidth: number;
}

/** The mean and log-variance of latents given what they are latents of. */
export interface Posterior {
  /** [batch, channels, height, width]. */
  readonly mean: Value;
  /** [batch, channels, height, width]. */
  readonly logVariance: Value;
}

/**
 * The encoder of an autoencoder (Rombach et al., 2022, section 3.1): all at the latent's resolution,
 * pixels becoming channels first.
 *
 * @param scope Names the parameters.
 * @param x [batch, channels, height, width].
 * @param config The sizes.
 * @returns A distribution over latents, [batch, latentChannels, height / factor, width / factor].
 * @throws {RangeError} If height or width is no multiple of the factor.
 *
 * @example Latents a quarter as high and wide
 * ```ts
 * import { input } from "@codi/core/graph";
 * import { convolutionalDecoder, convolutionalEncoder, Scope } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const config = {
 *   channels: 3,
 *   latentChannels: 2,
 *   factor: 4,
 *   width: 16,
 *   encoderBlocks: 1,
 *   decoderBlocks: 1,
 *   fineWidth: 8,
 * };
 * const scope = new Scope();
 * const x = input("x", [1, 3, 16, 32]);
 * const { mean } = convolutionalEncoder(scope.at("encoder"), x, config);
 * assertEquals(mean.shape, [1, 2, 4, 8]);
 * assertEquals(convolutionalDecoder(scope.at("decoder"), mean, config).shape, x.shape);
 * ```
 */
export function convolutionalEncoder(scope: Scope, x: Value, config: AutoencoderConfig): Posterior {
  const { factor, latentChannels, width, encoderBlocks } = config;
  let h = conv(scope.at("in"), pixelUnshuffle(x, factor), width);
  for (let index = 0; index < encoderBlocks; index++) h = residualBlock(scope.at(index), h, width);
  h = conv(scope.at("out"), silu(normalizeGroups(scope.at("norm"), h)), 2 * latentChannels);
  const [average, logVariance] = split(h, [latentChannels, latentChannels], 1);
  return { mean: average!, logVariance: clamp(logVariance!, -20, 5) };
}

/**
 * The decoder of an autoencoder: one residual block at twice the latent's resolution, channels
 * becoming pixels from there.
 *
 * @param scope Names the parameters.
 * @param latent [batch, latentChannels, height, width], as the encoder gives them, not standardised.
 * @param config The sizes.
 * @returns [batch, channels, height · factor, width · factor].
 */
export function convolutionalDecoder(
  scope: Scope,
  latent: Value,
  config: AutoencoderConfig,
): Value {
  const { channels, factor, width, decoderBlocks, fineWidth } = config;
  let h = conv(scope.at("in"), latent, width);
  for (let index = 0; index < decoderBlocks; index++) h = residualBlock(scope.at(index), h, width);
  h = conv(scope.at("up"), silu(normalizeGroups(scope.at("norm1"), h)), 4 * fineWidth, {
    kernel: 1,
  });
  h = residualBlock(scope.at("fine"), pixelShuffle(h, 2), fineWidth); // [batch, fine, 2 h, 2 w]
  const rest = factor / 2;
  h = conv(scope.at("out"), silu(normalizeGroups(scope.at("norm2"), h)), channels * rest * rest);
  return pixelShuffle(h, rest);
}

/** How much the divergence from the prior counts. */
export const DIVERGENCE_WEIGHT = 3e-3;

/**
 * The loss of a variational autoencoder (Kingma and Welling, 2014, equation 7; Rombach et al., 2022,
 * section 3.1): reconstruction by absolute and squared error, and a small divergence from a standard
 * normal prior, as a mean per element.
 *
 * @param scope Names the parameters, below `encoder` and `decoder`.
 * @param x [batch, channels, height, width].
 * @param noise Standard normal, of the latents' shape.
 * @param config The sizes.
 * @returns The loss, and its three terms.
 */
export function autoencoderLoss(
  scope: Scope,
  x: Value,
  noise: Value,
  config: AutoencoderConfig,
): { readonly loss: Value; readonly metrics: Record<string, Value> } {
  const { mean: average, logVariance } = convolutionalEncoder(scope.at("encoder"), x, config);
  const latent = add(average, mul(exp(mul(logVariance, 0.5)), noise));
  const decoded = convolutionalDecoder(scope.at("decoder"), latent, config);
  const squared = mse(decoded, x);
  const absolute = mean(abs(sub(decoded, x)));
  const divergence = mul(
    mean(sub(add(mul(average, average), exp(logVariance)), add(logVariance, 1))),
    0.5,
  );
  return {
    loss: add(add(absolute, squared), mul(divergence, DIVERGENCE_WEIGHT)),
    metrics: { squared, absolute, divergence },
  };
}
