import {
  add,
  clamp,
  concat,
  exp,
  logSoftmax,
  mean,
  mul,
  split,
  sub,
  sum,
  type Value,
} from "@codi/core/graph";
import {
  type Autoencoder,
  originalLatent,
  standardizedLatent,
  timeSpans,
} from "@codi/core/modality";
import { linear, type Scope } from "@codi/core/nn";
import { type Tensor, tensor } from "@codi/core/tensor";
import type { TracedLoss } from "@codi/core/training";
import { type RollInputs, rollInputs, slotTokens, slotTransformer, turned } from "./_blocks.ts";
import type { ScoreConfig } from "./config.ts";
import { KEYS, likeliestScores, rollFeeds, type Score, SCORE_SLOTS } from "./roll.ts";
import { SCORE_THINGS } from "./things.ts";

/** How much the divergence from the prior counts. */
const DIVERGENCE_WEIGHT = 0.05;
/** How long a score is, in seconds. */
const DURATION = 2;

/** Mean and logarithm of the variance of scores' latents, [batch, channels, 16] each. */
function encode(scope: Scope, inputs: RollInputs, config: ScoreConfig): [Value, Value] {
  const { latentChannels, autoencoder } = config;
  const tokens = slotTransformer(
    scope,
    slotTokens(scope, inputs, autoencoder.width),
    autoencoder,
  );
  const both = linear(scope.at("out"), tokens, 2 * latentChannels);
  const [average, logVariance] = split(both, [latentChannels, latentChannels], 2);
  return [turned(average!), turned(clamp(logVariance!, -20, 5))];
}

/** How likely each slot holds nothing or a key, [batch, 16, 129], and each thing plays, [batch, 24]. */
function decode(scope: Scope, latent: Value, { autoencoder }: ScoreConfig) {
  const { width } = autoencoder;
  const tokens = slotTransformer(
    scope,
    linear(scope.at("in"), turned(latent), width),
    autoencoder,
  );
  return {
    slots: linear(scope.at("key"), tokens, 1 + KEYS),
    things: linear(scope.at("thing"), mean(tokens, [1]), SCORE_THINGS.length),
  };
}

/** The shape of a latent: [channels, 16]. */
export function latentShape({ latentChannels }: ScoreConfig): [number, number] {
  return [latentChannels, SCORE_SLOTS];
}

/**
 * The autoencoder (CoDi, section 3.3): scores ⇄ latents of zero mean and unit variance per channel, in
 * which every column is a slot.
 *
 * @param config The sizes.
 * @returns Its networks, which share a file of weights.
 */
export function autoencoder(config: ScoreConfig): Autoencoder<Score> {
  const shape = latentShape(config);
  return {
    latentShape: shape,
    encoder: {
      name: "score encoder",
      inputs: rollInputs,
      trace: (scope, { roll, thing }) => {
        const [average] = encode(scope.at("encoder"), { roll: roll!, thing: thing! }, config);
        return { latent: standardizedLatent(scope, average) };
      },
    },
    decoder: {
      name: "score decoder",
      inputs: (batch) => ({ latent: { shape: [batch, ...shape], dtype: "float32" } }),
      trace: (scope, { latent }) =>
        decode(scope.at("decoder"), originalLatent(scope, latent!), config),
    },
    feeds: rollFeeds,
    regionMask: (region) => spanMask(region, shape),
    decode: async (network, latents, { signal }) => {
      const { slots, things } = await network.run({ latent: latents }, { signal });
      return likeliestScores(slots!, things!);
    },
  };
}

/** 1 for the slots that begin in spans of time, [channels, 16]. */
function spanMask(region: string, shape: readonly [number, number]): Tensor {
  const spans = timeSpans(region, DURATION);
  const mask = tensor(shape);
  for (let i = 0; i < mask.data.length; i++) {
    const time = (i % SCORE_SLOTS + 0.5) * DURATION / SCORE_SLOTS;
    mask.data[i] = spans.some(([from, to]) => time > from && time < to) ? 1 : 0;
  }
  return mask;
}

/**
 * The loss of a variational autoencoder (Kingma and Welling, 2014, equation 7) whose reconstruction is
 * the likelihood of every slot's key and of the thing.
 *
 * @param scope Names the parameters.
 * @param inputs Scores.
 * @param noise Standard normal, of the latents' shape.
 * @param config The sizes.
 * @returns The loss, and its terms.
 */
export function autoencoderLoss(
  scope: Scope,
  inputs: RollInputs,
  noise: Value,
  config: ScoreConfig,
): TracedLoss {
  const [average, logVariance] = encode(scope.at("encoder"), inputs, config);
  const latent = add(average, mul(exp(mul(logVariance, 0.5)), noise));
  const { slots, things } = decode(scope.at("decoder"), latent, config);
  const nothing = sub(1, sum(inputs.roll, [2], { keep: true })); // [batch, 16, 1]
  const keys = unlikeliness(slots, concat([nothing, inputs.roll], 2));
  const thing = unlikeliness(things, inputs.thing);
  const terms = sub(add(mul(average, average), exp(logVariance)), add(logVariance, 1));
  const divergence = mul(mean(terms), 0.5);
  const loss = add(add(keys, mul(thing, 0.1)), mul(divergence, DIVERGENCE_WEIGHT));
  return { loss, metrics: { keys, thing, divergence } };
}

/** The mean negative logarithm of what is right, given as zeros and a one. */
function unlikeliness(scores: Value, right: Value): Value {
  return mul(mean(sum(mul(logSoftmax(scores), right), [-1])), -1);
}
