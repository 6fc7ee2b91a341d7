import type { Feeds } from "@codi/core/modality";
import type { Random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import { MAX_WORDS } from "./tokenizer.ts";
import { END, PLACES, sentenceTokens, type Vocabulary } from "./vocabulary.ts";

/** What a batch hides and disturbs. */
export interface Disturbance {
  /** How often a word is hidden from the decoder, which then has to read the latent. @default {0.35} */
  readonly hidden?: number;
  /** The most that the noise of a sentence is multiplied with, evenly drawn. @default {always 1} */
  readonly spread?: number;
}

/**
 * The feeds of a step of the sentence autoencoder (Bowman et al., 2016, section 3.1, for the hidden
 * words).
 *
 * @param texts The sentences; words that are not in the vocabulary are left out.
 * @param vocabulary The words that can be written.
 * @param channels Numbers of a latent.
 * @param draw Draws the noise, and which words are hidden.
 * @param disturbance How many words are hidden, and how strong the noise is.
 * @returns The feeds by name.
 */
export function sentenceBatch(
  texts: readonly string[],
  vocabulary: Vocabulary,
  channels: number,
  draw: Random,
  { hidden = 0.35, spread }: Disturbance = {},
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
    kept.data[at] = at % PLACES === 0 || draw.uniform() >= hidden ? 1 : 0
  );
  const noise = tensor([batch, channels]);
  draw.fillNormal(noise.data);
  if (spread !== undefined) {
    for (let row = 0; row < batch; row++) {
      const factor = spread * draw.uniform();
      const own = noise.data.subarray(row * channels, (row + 1) * channels);
      own.forEach((value, at) => own[at] = factor * value);
    }
  }
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
