/** What the objectives of the sentence autoencoder trace; the inputs are those of `sentenceBatch()`. */

import { crossEntropy, gather, input, integers, reshape, type Value } from "@codi/core/graph";
import type { Scope } from "@codi/core/nn";
import { decoder, encoder, type Posterior, tokenLogits } from "./autoencoder.ts";
import type { SentenceConfig } from "./config.ts";
import { wordVectors } from "./prompt_encoder.ts";
import { MAX_WORDS, NGRAMS_PER_WORD, wordBuckets } from "./tokenizer.ts";
import { PLACES, type Vocabulary } from "./vocabulary.ts";

/** The distribution over latents of a batch's sentences; each word of the vocabulary is embedded once. */
export function posteriorOf(
  scope: Scope,
  { words }: Vocabulary,
  batch: number,
  config: SentenceConfig,
): Posterior {
  const own = scope.at("encoder");
  const buckets = [[], ...words.map((word) => wordBuckets(word))]; // the end's are an empty word's
  const filled = buckets.flatMap((some) => [
    ...some,
    ...Array(NGRAMS_PER_WORD - some.length).fill(0),
  ]);
  const vectors = wordVectors(
    own,
    integers(filled, [buckets.length, NGRAMS_PER_WORD]),
    config.autoencoder,
  );
  return encoder(
    own,
    gather(vectors, input("words", [batch, MAX_WORDS], "int64")),
    input("mask", [batch, MAX_WORDS]),
    config,
  );
}

/** The mean negative log-likelihood of each next token given a latent, [batch, channels]. */
export function negativeLikelihood(
  scope: Scope,
  latent: Value,
  { words }: Vocabulary,
  config: SentenceConfig,
): Value {
  const batch = latent.shape[0]!;
  const own = scope.at("decoder");
  const tokens = input("tokens", [batch, PLACES], "int64");
  const h = decoder(own, latent, tokens, config, input("kept", [batch, PLACES]));
  return crossEntropy(
    tokenLogits(own, reshape(h, [batch * PLACES, -1]), words.length + 1),
    reshape(input("targets", [batch, PLACES], "int64"), [-1]),
    reshape(input("weights", [batch, PLACES]), [-1]),
  );
}
