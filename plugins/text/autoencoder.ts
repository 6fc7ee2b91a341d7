import {
  add,
  clamp,
  constant,
  exp,
  gather,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  oneHot,
  reshape,
  slice,
  split,
  stopGradient,
  sub,
  type Value,
} from "@codi/core/graph";
import { type Autoencoder, originalLatent, standardizedLatent } from "@codi/core/modality";
import { linear, normalizeLayer, type Scope, transformerBlock } from "@codi/core/nn";
import { writeSentences } from "./_write_sentences.ts";
import { CHOICE_SETTINGS } from "./choose_token.ts";
import type { SentenceConfig } from "./config.ts";
import { pooledSentence, wordVectors } from "./prompt_encoder.ts";
import { MAX_WORDS, NGRAMS_PER_WORD, tokenize } from "./tokenizer.ts";
import { CAPACITY, PLACES, sentenceTokens, WORD_BYTES } from "./vocabulary.ts";

/** The name of the weight that spells the decoder's tokens. */
export const SPELLING = "spelling";

/** The mean and log-variance of latents given sentences. */
export interface Posterior {
  /** [batch, channels]. */
  readonly mean: Value;
  /** [batch, channels]. */
  readonly logVariance: Value;
}

/**
 * The encoder: sentences to a distribution over latents (Li et al., 2020, *Optimus*, section 3).
 *
 * @param scope Names the parameters.
 * @param words Word vectors, [batch, MAX_WORDS, word width].
 * @param mask [batch, MAX_WORDS], 1 for a word; at least one in each row.
 * @param config The sizes.
 * @returns Mean and log-variance, [batch, channels].
 */
export function encoder(
  scope: Scope,
  words: Value,
  mask: Value,
  { latentChannels, autoencoder: { width, encoderBlocks } }: SentenceConfig,
): Posterior {
  const pooled = pooledSentence(scope, words, mask, { width, blocks: encoderBlocks });
  const h = linear(scope.at("out"), pooled, 2 * latentChannels);
  const [average, logVariance] = split(h, [latentChannels, latentChannels], 1);
  return { mean: average!, logVariance: clamp(logVariance!, -10, 3) };
}

/**
 * The decoder's transformer: each place sees itself, those before it and the latent, which is added to
 * the embeddings and attended to (Li et al., 2020, section 3.1: the schemes *embedding* and *memory*).
 *
 * @param scope Names the parameters.
 * @param latent [batch, channels], as the encoder gives it, not standardised.
 * @param tokens int64 [batch, PLACES], beginning with END; what is after a place does not matter to it.
 * @param config The sizes.
 * @param kept [batch, PLACES], 0 where a token is hidden; all are shown if left out.
 * @returns [batch, PLACES, width].
 */
export function decoder(
  scope: Scope,
  latent: Value,
  tokens: Value,
  { autoencoder: { width, decoderBlocks, memoryTokens } }: SentenceConfig,
  kept?: Value,
): Value {
  const batch = tokens.shape[0]!;
  let words = gather(scope.parameter("words", [CAPACITY, width], { deviation: 0.3 }), tokens);
  if (kept) words = mul(words, reshape(kept, [batch, PLACES, 1]));
  const positions = scope.parameter("positions", [PLACES, width], { deviation: 0.1 });
  const whole = reshape(linear(scope.at("latent"), latent, width), [batch, 1, width]);
  const context = reshape(linear(scope.at("memory"), latent, memoryTokens * width), [
    batch,
    memoryTokens,
    width,
  ]);
  const bias = constant(
    Float32Array.from(
      { length: PLACES * PLACES },
      (_, at) => at % PLACES > Math.floor(at / PLACES) ? -1e9 : 0,
    ),
    [1, 1, PLACES, PLACES],
  );
  let h = add(add(words, positions), whole); // [batch, places, width]
  for (let index = 0; index < decoderBlocks; index++) {
    h = transformerBlock(scope.at("blocks").at(index), h, { heads: 4, bias, context });
  }
  return normalizeLayer(scope.at("norm"), h);
}

/** The least divergence of each number of a latent, in nats: below it nothing pushes. */
const FREE_NATS = 0.8;
/** How much the divergence from the prior counts. */
const DIVERGENCE_WEIGHT = 0.1;

/**
 * What the sentence autoencoder minimises besides the likelihood (Kingma and Welling, 2014, equation
 * 7): a divergence from the prior, with free nats for each number of a latent (Kingma et al., 2016,
 * section 4), so that all of them carry something and none of them is sharp: noise of half a latent's
 * deviation is what the decoder learns to read through.
 *
 * @param posterior Mean and log-variance, [batch, channels].
 * @returns The weighted term, and the divergence in nats per number of a latent.
 */
export function divergenceTerm(
  { mean: average, logVariance }: Posterior,
): { readonly term: Value; readonly divergence: Value } {
  const each = mul(
    sub(add(mul(average, average), exp(logVariance)), add(logVariance, 1)),
    0.5,
  );
  const perChannel = mean(each, [0]);
  return {
    term: mul(mean(maximum(perChannel, FREE_NATS)), DIVERGENCE_WEIGHT),
    divergence: mean(perChannel),
  };
}

/**
 * The next token's logits at every place.
 *
 * @param scope Names the linear layer.
 * @param h [rows, width].
 * @param tokens How many tokens count.
 * @returns [rows, tokens].
 */
export function tokenLogits(scope: Scope, h: Value, tokens = CAPACITY): Value {
  const weight = scope.parameter("token.weight", [CAPACITY, h.shape[1]!], {
    deviation: 1 / Math.sqrt(h.shape[1]!),
  });
  const bias = scope.parameter("token.bias", [CAPACITY], "zeros");
  const product = matmul(h, slice(weight, 0, 0, tokens), { transposeB: true });
  return add(product, slice(bias, 0, 0, tokens));
}

/**
 * The sentence autoencoder: texts ⇄ latents of zero mean and unit variance per number.
 *
 * @param config The sizes.
 * @returns Its networks, which share a file of weights.
 */
export function textAutoencoder(config: SentenceConfig): Autoencoder<string> {
  const { latentChannels, autoencoder } = config;
  return {
    latentShape: [latentChannels],
    encoder: {
      name: "text encoder",
      inputs: (batch) => ({
        buckets: { shape: [batch, MAX_WORDS, NGRAMS_PER_WORD], dtype: "int64" },
        mask: { shape: [batch, MAX_WORDS], dtype: "float32" },
      }),
      trace: (scope, { buckets, mask }) => {
        const own = scope.at("encoder");
        const words = wordVectors(own, buckets!, autoencoder);
        return { latent: standardizedLatent(scope, encoder(own, words, mask!, config).mean) };
      },
    },
    decoder: {
      name: "text decoder",
      inputs: (batch) => ({
        latent: { shape: [batch, latentChannels], dtype: "float32" },
        tokens: { shape: [batch, PLACES], dtype: "int64" },
        place: { shape: [batch], dtype: "int64" },
      }),
      trace: (scope, { latent, tokens, place }) => {
        const batch = tokens!.shape[0]!;
        const own = scope.at("decoder");
        const h = decoder(own, originalLatent(scope, latent!), tokens!, config);
        const chosen = matmul(reshape(oneHot(place!, PLACES), [batch, 1, PLACES]), h);
        const logits = tokenLogits(own, reshape(chosen, [batch, -1])); // [batch, tokens]
        const spelling = stopGradient(scope.parameter(SPELLING, [CAPACITY, WORD_BYTES], "zeros"));
        const used = reshape(minimum(slice(spelling, 1, 0, 1), 1), [1, CAPACITY]);
        return {
          logits: add(logits, mul(sub(used, 1), 1e9)),
          spelling: gather(spelling, tokens!), // [batch, places, bytes]
        };
      },
    },
    feeds: (texts) => {
      const { buckets, mask } = tokenize(texts, sentenceTokens);
      return {
        buckets: { shape: [texts.length, MAX_WORDS, NGRAMS_PER_WORD], data: buckets },
        mask: { shape: [texts.length, MAX_WORDS], data: mask },
      };
    },
    settings: CHOICE_SETTINGS,
    decode: writeSentences,
  };
}
