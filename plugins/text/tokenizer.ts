/** Words a prompt may have; further ones are cut off, with a notice. */
export const MAX_WORDS = 24;
/** Character n-grams a word is read by, the whole word included. */
export const NGRAMS_PER_WORD = 12;
/** Rows of the table that n-grams are hashed into; row 0 is padding. */
export const BUCKETS = 4096;

/**
 * The words of a text: compatibility-normalised, lower-case, letters and digits together, any other
 * visible character by itself. Any Unicode text is accepted.
 */
export function splitWords(text: string): string[] {
  const normal = text.normalize("NFKC").toLowerCase();
  return normal.match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}\p{P}\p{C}]/gu) ?? [];
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

/** The trigrams of a word between its marks: `<gu gui uit ita tar ar>`. */
export function trigrams(word: string): string[] {
  const marked = [...`<${word}>`];
  return Array.from(
    { length: Math.max(1, marked.length - 2) },
    (_, start) => marked.slice(start, start + 3).join(""),
  );
}

/**
 * The buckets a word is read by (Bojanowski et al., 2017): the whole word first, then its trigrams, so
 * that a misspelt word stays near the right one.
 *
 * @param whole Whether the whole word counts; without it the word is read as an unknown one.
 */
export function wordBuckets(word: string, whole = true): number[] {
  const grams = trigrams(word).map(bucket);
  return (whole ? [bucket(`=${word}`), ...grams] : grams).slice(0, NGRAMS_PER_WORD);
}

/** Texts as the network reads them. */
export interface TokenBatch {
  /** Buckets of each word, 0 where there are none: [texts, MAX_WORDS, NGRAMS_PER_WORD]. */
  readonly buckets: Int32Array<ArrayBuffer>;
  /** 1 for a word, 0 for padding: [texts, MAX_WORDS]. */
  readonly mask: Float32Array<ArrayBuffer>;
}

/** Tokenizes texts. */
export function tokenize(texts: readonly string[]): TokenBatch {
  const buckets = new Int32Array(texts.length * MAX_WORDS * NGRAMS_PER_WORD);
  const mask = new Float32Array(texts.length * MAX_WORDS);
  texts.forEach((text, row) => {
    const words = splitWords(text).slice(0, MAX_WORDS);
    words.forEach((word, column) => {
      const place = row * MAX_WORDS + column;
      mask[place] = 1;
      buckets.set(wordBuckets(word), place * NGRAMS_PER_WORD);
    });
    if (words.length === 0) mask[row * MAX_WORDS] = 1; // nothing said: one empty word
  });
  return { buckets, mask };
}

/** The known words most like a given one, by shared trigrams (Dice's coefficient), best first. */
export function similarWords(word: string, known: readonly string[], count = 3): string[] {
  const grams = new Set(trigrams(word));
  const scored = known.map((candidate) => {
    const other = new Set(trigrams(candidate));
    let shared = 0;
    for (const gram of grams) if (other.has(gram)) shared++;
    return { candidate, score: (2 * shared) / (grams.size + other.size) };
  });
  return scored.filter(({ score }) => score > 0.25).sort((a, b) => b.score - a.score).slice(
    0,
    count,
  )
    .map(({ candidate }) => candidate);
}
