import type { Feeds } from "@codi/core/modality";
import type { Random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import { MAX_WORDS } from "./tokenizer.ts";
import { END, PLACES, sentenceTokens, type Vocabulary } from "./vocabulary.ts";

/** How often a word is hidden from the decoder, which then has to read the latent. */
export const HIDDEN = 0.35;

/**
 * The feeds of a step of the sentence autoencoder (Bowman et al., 2016, section 3.1, for the hidden
 * words).
 *
 * @param texts The sentences; words that are not in the vocabulary are left out.
 * @param vocabulary The words that can be written.
 * @param channels Numbers of a latent.
 * @param draw Draws the noise, and which words are hidden.
 * @returns The feeds by name.
 */
export function sentenceBatch(
  texts: readonly string[],
  vocabulary: Vocabulary,
  channels: number,
  draw: Random,
): Feeds {
  const batch = texts.length;
  const words = new Int32Array(batch * MAX_WORDS);
  const mask = tensor([batch, MAX_WORDS]);
  const tokens = new Int32Array(batch * PLACES).fill(END);
  const targets = new Int32Array(batch * PLACES).fill(END);
  const kept = tensor([batch, PLACES]);
  const weights = tensor([batch, PLACES]);
  let total = 0;
  texts.forEach((text, row) => {
    const known = sentenceTokens(text).flatMap((word) => vocabulary.tokens.get(word) ?? [])
      .slice(0, MAX_WORDS);
    known.forEach((token, place) => {
      words[row * MAX_WORDS + place] = token;
      mask.data[row * MAX_WORDS + place] = 1;
      targets[row * PLACES + place] = token;
      tokens[row * PLACES + place + 1] = token;
    });
    if (known.length === 0) mask.data[row * MAX_WORDS] = 1; // as in tokenize()
    weights.data.fill(1, row * PLACES, row * PLACES + known.length + 1);
    total += known.length + 1;
  });
  weights.data.forEach((weight, at) => weights.data[at] = weight / total);
  kept.data.forEach((_, at) =>
    kept.data[at] = at % PLACES === 0 || draw.uniform() >= HIDDEN ? 1 : 0
  );
  const noise = tensor([batch, channels]);
  draw.fillNormal(noise.data);
  const places = (data: Int32Array<ArrayBuffer>) => ({ shape: [batch, PLACES], data });
  return {
    words: { shape: [batch, MAX_WORDS], data: words },
    mask,
    tokens: places(tokens),
    kept,
    targets: places(targets),
    weights,
    noise,
  };
}
