import { type Tensor, tensor } from "@codi/core/tensor";
import { MAX_WORDS, splitWords } from "./tokenizer.ts";

/** Places of the decoder: the beginning and the words after it. */
export const PLACES = MAX_WORDS + 1;

/** Rows of the decoder's vocabulary: the end of a sentence, and words. */
export const CAPACITY = 512;
/** UTF-8 bytes that a word's spelling may have. */
export const WORD_BYTES = 32;
/** The token that begins and ends a sentence. */
export const END = 0;
/** How the end is spelt: U+0003, end of text. */
const END_BYTE = 3;

/**
 * The tokens of a sentence: its words, and the commas between them.
 *
 * @param text Any text.
 * @returns Words in lower case, and `,`.
 */
export function sentenceTokens(text: string): string[] {
  const clauses = text.split(/,(?!\d)/).map(splitWords).filter((words) => words.length > 0);
  return clauses.flatMap((words, index) => index === 0 ? words : [",", ...words]);
}

/**
 * A sentence from its tokens: the inverse of {@linkcode sentenceTokens} but for upper case and other
 * punctuation.
 *
 * @param tokens Words and commas.
 * @returns The sentence.
 */
export function joinTokens(tokens: readonly string[]): string {
  return tokens.join(" ").replaceAll(" ,", ",");
}

/** The words a decoder can write; a word's token is its number, from 1. */
export interface Vocabulary {
  /** The words in the order of their tokens, from token 1. */
  readonly words: readonly string[];
  /** The token of each word. */
  readonly tokens: ReadonlyMap<string, number>;
}

/**
 * A vocabulary in alphabetical order, with the comma.
 *
 * @param words The words of a data set's captions.
 * @returns The vocabulary.
 * @throws {RangeError} If there are more words than the decoder has room for, or one is too long.
 */
export function vocabularyOf(words: readonly string[]): Vocabulary {
  const all = [...new Set([",", ...words.flatMap(splitWords)])].sort();
  if (all.length >= CAPACITY) {
    throw new RangeError(
      `Cannot write with a vocabulary of "${all.length}" words: it takes at most ${CAPACITY - 1}`,
    );
  }
  const encoder = new TextEncoder();
  for (const word of all) {
    if (encoder.encode(word).length > WORD_BYTES) {
      throw new RangeError(
        `Cannot write with the word "${word}": a word has at most ${WORD_BYTES} bytes`,
      );
    }
  }
  return { words: all, tokens: new Map(all.map((word, index) => [word, index + 1])) };
}

/**
 * A vocabulary as a weight of the decoder, so that its file says how tokens are spelt. Bytes survive
 * half precision.
 *
 * @param vocabulary The vocabulary.
 * @returns [CAPACITY, WORD_BYTES]: UTF-8 bytes filled up with zeros; rows without a word are zero.
 */
export function spellingTable({ words }: Vocabulary): Tensor {
  const table = tensor([CAPACITY, WORD_BYTES]);
  const encoder = new TextEncoder();
  table.data[END * WORD_BYTES] = END_BYTE;
  words.forEach((word, index) => table.data.set(encoder.encode(word), (index + 1) * WORD_BYTES));
  return table;
}

const decoder = new TextDecoder();

/**
 * A word from its row of the spelling table.
 *
 * @param row WORD_BYTES numbers.
 * @returns The word.
 */
export function spelt(row: Float32Array): string {
  const end = row.indexOf(0);
  return decoder.decode(Uint8Array.from(end < 0 ? row : row.subarray(0, end)));
}
