import { centered } from "@codi/core/conditioning";
import {
  add,
  div,
  gather,
  matmul,
  mean,
  mul,
  reshape,
  sub,
  sum,
  type Value,
} from "@codi/core/graph";
import { type Feeds, type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import {
  linear,
  normalizeLayer,
  normalizeLength,
  type Scope,
  transformerBlock,
} from "@codi/core/nn";
import { textNotices } from "./_notices.ts";
import type { TextConfig } from "./config.ts";
import {
  BUCKETS,
  MAX_WORDS,
  NGRAMS_PER_WORD,
  splitWords,
  tokenize,
  trigrams,
} from "./tokenizer.ts";

/**
 * Word vectors: the mean over a word's n-grams (Bojanowski et al., 2017, equation 2).
 *
 * @param scope Names `ngrams`, [BUCKETS, word width].
 * @param buckets int64 [..., NGRAMS_PER_WORD], 0 for none.
 * @param config The sizes.
 * @returns [..., word width].
 */
export function wordVectors(
  scope: Scope,
  buckets: Value,
  config: Pick<TextConfig, "wordWidth">,
): Value {
  const table = scope.parameter("ngrams", [BUCKETS, config.wordWidth], { deviation: 0.5 });
  return mean(gather(table, buckets), [-2]);
}

/**
 * A sentence as one vector: a small transformer over words, averaged.
 *
 * @param scope Names the parameters.
 * @param words [batch, MAX_WORDS, word width].
 * @param mask [batch, MAX_WORDS], 1 for a word; at least one in each row.
 * @param config The sizes.
 * @returns [batch, width].
 */
export function pooledSentence(
  scope: Scope,
  words: Value,
  mask: Value,
  { width, blocks }: Pick<TextConfig, "width" | "blocks">,
): Value {
  const batch = words.shape[0]!;
  const positions = scope.parameter("positions", [MAX_WORDS, width], { deviation: 0.1 });
  let h = add(linear(scope.at("in"), words, width), positions); // [batch, words, width]
  const bias = reshape(mul(sub(mask, 1), 1e9), [batch, 1, 1, MAX_WORDS]);
  for (let index = 0; index < blocks; index++) {
    h = transformerBlock(scope.at("blocks").at(index), h, { heads: 4, bias });
  }
  h = normalizeLayer(scope.at("norm"), h);
  const weights = reshape(div(mask, sum(mask, [1], { keep: true })), [batch, 1, MAX_WORDS]);
  return reshape(matmul(weights, h), [batch, width]);
}

/**
 * The sentence embedding before centring (the text prompt encoder C of CoDi, section 3.2).
 *
 * @param scope Names the parameters.
 * @param words [batch, MAX_WORDS, word width].
 * @param mask [batch, MAX_WORDS], 1 for a word; at least one in each row.
 * @param config The sizes.
 * @returns [batch, SPACE_WIDTH], of length 1.
 */
export function sentenceEmbedding(
  scope: Scope,
  words: Value,
  mask: Value,
  config: TextConfig,
): Value {
  const pooled = pooledSentence(scope, words, mask, config);
  return normalizeLength(linear(scope.at("out"), pooled, SPACE_WIDTH));
}

/**
 * The text prompt encoder (CoDi, section 3.2).
 *
 * @param config The sizes.
 * @returns Its network and what it is fed.
 */
export function textPromptEncoder(config: TextConfig): PromptEncoder<string> {
  return {
    network: {
      name: "text prompt encoder",
      inputs: (batch) => ({
        buckets: { shape: [batch, MAX_WORDS, NGRAMS_PER_WORD], dtype: "int64" },
        mask: { shape: [batch, MAX_WORDS], dtype: "float32" },
      }),
      trace: (scope, { buckets, mask }) => ({
        embedding: centered(
          scope,
          sentenceEmbedding(scope, wordVectors(scope, buckets!, config), mask!, config),
        ),
      }),
    },
    feeds: (texts): Feeds => {
      const { buckets, mask } = tokenize(texts);
      return {
        buckets: { shape: [texts.length, MAX_WORDS, NGRAMS_PER_WORD], data: buckets },
        mask: { shape: [texts.length, MAX_WORDS], data: mask },
      };
    },
    notices: (text, knowledge) => textNotices(text, knownWords(knowledge)),
    tokens: (text, knowledge) => {
      const known = knownWords(knowledge);
      return splitWords(text).slice(0, MAX_WORDS).map((word) => ({
        text: word,
        known: known.length === 0 ? undefined : known.includes(word),
        pieces: trigrams(word, NGRAMS_PER_WORD - 1),
      }));
    },
  };
}

/** The words of the training captions, as the weights name them; none if they do not. */
function knownWords(knowledge: Readonly<Record<string, string>>): string[] {
  return (knowledge["vocabulary"] ?? "").split(" ").filter((word) => word !== "");
}
