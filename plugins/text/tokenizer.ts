/** Words a prompt may have; further ones are cut off, with a notice. */
export const MAX_WORDS = 24;
/** Character n-grams a word is read by, the whole word included. */
export const NGRAMS_PER_WORD = 12;
/** Rows of the table that n-grams are hashed into; row 0 is padding. */
export const BUCKETS = 4096;

/** Characters that are drawn as nothing and part no words, such as soft hyphens and joiners. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** Letters and digits with their marks, or one other visible character that is no punctuation. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*|[^\s\p{L}\p{M}\p{N}\p{P}\p{C}]\p{M}*/gu;

/**
 * The words of a text: compatibility-normalised, lower-case, letters and digits together, any other
 * visible character by itself. Any Unicode text is accepted, ill-formed one too.
 *
 * @param text The text.
 * @returns Its words; none if there is nothing but punctuation and spaces.
 */
export function splitWords(text: string): string[] {
  const visible = text.replaceAll("\u200b", " ").replaceAll(INVISIBLE, "");
  // Lower case can undo the normal form: small iota composes with marks that the capital does not.
  return visible.normalize("NFKC").toLowerCase().normalize("NFKC").match(WORD) ?? [];
}

/**
 * Checks that a value is a text.
 *
 * @param value The value.
 * @param action What it is needed for, as messages say it.
 * @throws {RangeError} If it is none.
 */
export function requireText(value: unknown, action: string): asserts value is string {
  if (typeof value === "string") return;
  const kind = (value as object | undefined | null)?.constructor?.name ?? String(value);
  throw new RangeError(`Cannot ${action} a text: it is no string but ${kind}`);
}

/** FNV-1a over UTF-16 code units, to a bucket other than 0. */
function bucket(gram: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < gram.length; i++) {
    hash = Math.imul(hash ^ (gram.charCodeAt(i) & 255), 0x01000193);
    hash = Math.imul(hash ^ (gram.charCodeAt(i) >>> 8), 0x01000193);
  }
  hash ^= hash >>> 15;
  return 1 + ((hash >>> 0) % (BUCKETS - 1));
}

/**
 * The trigrams of a word between its marks: `<gu gui uit ita tar ar>`.
 *
 * @param word The word.
 * @param limit How many at most.
 * @returns The trigrams in order, at least one.
 */
export function trigrams(word: string, limit = Infinity): string[] {
  const marked = [...`<${word}>`];
  return Array.from(
    { length: Math.min(limit, Math.max(1, marked.length - 2)) },
    (_, start) => marked.slice(start, start + 3).join(""),
  );
}

/**
 * The buckets a word is read by (Bojanowski et al., 2017, section 3.2): the whole word first, then its
 * first trigrams, so that a misspelt word stays near the right one.
 *
 * @param word The word.
 * @param whole Whether the whole word counts; without it the word is read as an unknown one.
 * @returns At most {@linkcode NGRAMS_PER_WORD} numbers in [1, {@linkcode BUCKETS}).
 */
export function wordBuckets(word: string, whole = true): number[] {
  const grams = trigrams(word, NGRAMS_PER_WORD).map(bucket);
  return (whole ? [bucket(`=${word}`), ...grams] : grams).slice(0, NGRAMS_PER_WORD);
}

/** Texts as the network reads them. */
export interface TokenBatch {
  /** Buckets of each word, 0 where there are none: [texts, MAX_WORDS, NGRAMS_PER_WORD]. */
  readonly buckets: Int32Array<ArrayBuffer>;
  /** 1 for a word, 0 for padding: [texts, MAX_WORDS]. */
  readonly mask: Float32Array<ArrayBuffer>;
}

/**
 * Tokenizes texts.
 *
 * @param texts The texts; of each, the first {@linkcode MAX_WORDS} words are read.
 * @param wordsOf The words of a text.
 * @returns Buckets and mask; a text without words is one empty word.
 */
export function tokenize(texts: readonly string[], wordsOf = splitWords): TokenBatch {
  const buckets = new Int32Array(texts.length * MAX_WORDS * NGRAMS_PER_WORD);
  const mask = new Float32Array(texts.length * MAX_WORDS);
  texts.forEach((text, row) => {
    requireText(text, "read");
    const words = wordsOf(text).slice(0, MAX_WORDS);
    words.forEach((word, column) => {
      const place = row * MAX_WORDS + column;
      mask[place] = 1;
      buckets.set(wordBuckets(word), place * NGRAMS_PER_WORD);
    });
    if (words.length === 0) mask[row * MAX_WORDS] = 1;
  });
  return { buckets, mask };
}
