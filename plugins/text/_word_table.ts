import type { Random } from "@codi/core/random";
import type { Feed } from "@codi/core/runtime";
import type { CaptionSample } from "@codi/core/training";
import { MAX_WORDS, NGRAMS_PER_WORD, splitWords, wordBuckets } from "./tokenizer.ts";

/** Rows of a table of words, at least; and rows for words that are misspelt. */
const [LEAST_ROWS, MISSPELT_ROWS] = [512, 300] as const;
/** How often a word of a training caption is misspelt. */
const TYPO = 0.04;

/** A word with one letter swapped, dropped or doubled. */
function misspell(word: string, draw: Random): string {
  const letters = [...word];
  if (letters.length < 4) return word;
  const place = draw.integer(letters.length - 1);
  const kind = draw.integer(3);
  if (kind === 0) [letters[place], letters[place + 1]] = [letters[place + 1]!, letters[place]!];
  else if (kind === 1) letters.splice(place, 1);
  else letters.splice(place, 0, letters[place]!);
  return letters.join("");
}

/** Captions as a training step reads them. */
export interface WordTable {
  /** The buckets of each different word of the batch, [rows, NGRAMS_PER_WORD]; row 0 is empty. */
  readonly buckets: Feed;
  /** For each list of captions: which row each word is, and which places hold one. */
  readonly sides: readonly { readonly indices: Feed; readonly mask: Feed }[];
}

/**
 * How many rows a table has that all words of a batch find room in.
 *
 * @param captions How many captions a batch has.
 * @param vocabulary How many different words the captions of the data set have.
 */
export function rowsFor(captions: number, vocabulary: number): number {
  const most = captions * MAX_WORDS + 1;
  return Math.min(most, Math.max(LEAST_ROWS, vocabulary + MISSPELT_ROWS));
}

/**
 * Captions as indices into a table of the batch's words, so that each word is embedded once. Some words
 * are misspelt; words that find no room are read as empty ones.
 *
 * @param batches Lists of captions.
 * @param rows The rows of the table: {@linkcode rowsFor} has enough.
 * @param draw Chooses what is misspelt.
 * @param typo How often a word is.
 * @returns The table, and indices and mask of [captions, MAX_WORDS] for each list.
 */
export function wordTable(
  batches: readonly (readonly Pick<CaptionSample, "text">[])[],
  rows: number,
  draw: Random,
  typo = TYPO,
): WordTable {
  const places = new Map<string, number>([["", 0]]);
  const sides = batches.map((captions) => {
    const indices = new Int32Array(captions.length * MAX_WORDS);
    const mask = new Float32Array(captions.length * MAX_WORDS);
    captions.forEach(({ text }, row) => {
      const words = splitWords(text).slice(0, MAX_WORDS);
      if (words.length === 0) mask[row * MAX_WORDS] = 1; // as in tokenize()
      words.forEach((original, column) => {
        let word = original;
        if (draw.uniform() < typo) {
          const wrong = misspell(original, draw);
          if (places.has(wrong) || places.size < rows) word = wrong;
        }
        let place = places.get(word);
        if (place === undefined) {
          place = places.size < rows ? places.size : 0;
          if (place > 0) places.set(word, place);
        }
        indices[row * MAX_WORDS + column] = place;
        mask[row * MAX_WORDS + column] = 1;
      });
    });
    return {
      indices: { shape: [captions.length, MAX_WORDS], data: indices },
      mask: { shape: [captions.length, MAX_WORDS], data: mask },
    };
  });
  const buckets = new Int32Array(rows * NGRAMS_PER_WORD);
  for (const [word, place] of places) {
    if (word !== "") buckets.set(wordBuckets(word), place * NGRAMS_PER_WORD);
  }
  return { buckets: { shape: [rows, NGRAMS_PER_WORD], data: buckets }, sides };
}
