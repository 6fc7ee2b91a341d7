import { add, clamp, exp, mean, mse, mul, split, sub, type Value } from "@codi/core/graph";
import { type Autoencoder, originalLatent, standardizedLatent } from "@codi/core/modality";
import { linear, type Scope } from "@codi/core/nn";
import type { Tensor } from "@codi/core/tensor";
import type { TracedLoss } from "@codi/core/training";
import { residualBlocks } from "./_blocks.ts";
import { batchOf, LENGTH } from "./codec.ts";
import type { TemplateConfig } from "./config.ts";

/** How much the divergence from the prior counts. */
const DIVERGENCE_WEIGHT = 1e-3;

function encode(scope: Scope, values: Value, config: TemplateConfig): [Value, Value] {
  const { latentWidth, width, blocks } = config;
  const h = residualBlocks(scope, linear(scope.at("in"), values, width), blocks);
  const both = linear(scope.at("out"), h, 2 * latentWidth);
  const [average, logVariance] = split(both, [latentWidth, latentWidth], 1);
  return [average!, clamp(logVariance!, -20, 5)];
}

function decode(scope: Scope, latent: Value, { width, blocks }: TemplateConfig): Value {
  const h = residualBlocks(scope, linear(scope.at("in"), latent, width), blocks);
  return linear(scope.at("out"), h, LENGTH);
}

/**
 * The autoencoder: samples ⇄ latents of zero mean and unit variance.
 *
 * @param config The sizes.
 * @returns Its networks, which share a file of weights.
 */
export function autoencoder(config: TemplateConfig): Autoencoder<Tensor> {
  return {
    latentShape: [config.latentWidth],
    encoder: {
      name: "template encoder",
      inputs: (batch) => ({ values: { shape: [batch, LENGTH], dtype: "float32" } }),
      trace: (scope, { values }) => {
        const [average] = encode(scope.at("encoder"), values!, config);
        return { latent: standardizedLatent(scope, average) };
      },
    },
    decoder: {
      name: "template decoder",
      inputs: (batch) => ({
        latent: { shape: [batch, config.latentWidth], dtype: "float32" },
      }),
      trace: (scope, { latent }) => {
        const original = originalLatent(scope, latent!);
        return { values: decode(scope.at("decoder"), original, config) };
      },
    },
    feeds: (samples) => ({ values: batchOf(samples) }),
    decode: async (network, latents, { signal }) => {
      const { values } = await network.run({ latent: latents }, { signal });
      return Array.from({ length: latents.shape[0]! }, (_, index) => ({
        shape: [LENGTH],
        data: values!.data.slice(index * LENGTH, (index + 1) * LENGTH),
      }));
    },
  };
}

/**
 * The loss of a variational autoencoder (Kingma and Welling, 2014, equation 7).
 *
 * @param scope Names the parameters.
 * @param values [batch, 64].
 * @param noise Standard normal, of the latents' shape.
 * @param config The sizes.
 * @returns The loss, and its terms.
 */
export function autoencoderLoss(
  scope: Scope,
  values: Value,
  noise: Value,
  config: TemplateConfig,
): TracedLoss {
  const [average, logVariance] = encode(scope.at("encoder"), values, config);
  const latent = add(average, mul(exp(mul(logVariance, 0.5)), noise));
  const squared = mse(decode(scope.at("decoder"), latent, config), values);
  const terms = sub(add(mul(average, average), exp(logVariance)), add(logVariance, 1));
  const divergence = mul(mean(terms), 0.5);
  const loss = add(squared, mul(divergence, DIVERGENCE_WEIGHT));
  return { loss, metrics: { squared, divergence } };
}
