import { similarWords } from "./similar_words.ts";
import { MAX_WORDS, splitWords } from "./tokenizer.ts";

/** Characters of a prompt that a notice shows. */
const SHOWN = 40;

/** In quotes, shortened, and without what a terminal would take for a command. */
function quoted(text: string): string {
  const characters = [...text.replaceAll(/\p{C}/gu, "\ufffd")];
  const shown = characters.slice(0, SHOWN).join("");
  return `"${shown}${characters.length > SHOWN ? "…" : ""}"`;
}

/**
 * What a user should know of a prompt: nothing said, words never seen, words cut off.
 *
 * @param text The prompt.
 * @param known The words of the training captions; none if that is not known.
 * @returns Sentences without a final period.
 */
export function textNotices(text: string, known: readonly string[]): string[] {
  const words = splitWords(text);
  if (words.length === 0) {
    return [`The prompt ${quoted(text.trim())} has no word to read, so it says nothing`];
  }
  const notices: string[] = [];
  for (const word of new Set(words.slice(0, MAX_WORDS))) {
    if (known.length === 0 || known.includes(word)) continue;
    const near = similarWords(word, known).map((other) => `"${other}"`).join(", ");
    notices.push(
      `The word ${quoted(word)} was not in the training captions${
        near === "" ? "" : `; similar ones are ${near}`
      }`,
    );
  }
  if (words.length > MAX_WORDS) {
    notices.push(`Only the first ${MAX_WORDS} of ${words.length} words are read`);
  }
  return notices;
}
