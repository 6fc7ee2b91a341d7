import { assertEquals, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors } from "@codi/core/weights";
import {
  CAPACITY,
  END,
  joinTokens,
  sentenceTokens,
  spellingTable,
  spelt,
  vocabularyOf,
  WORD_BYTES,
} from "./vocabulary.ts";

Deno.test("sentenceTokens() are words in lower case and commas between them", () => {
  assertEquals(sentenceTokens("A red guitar, played twice."), [
    "a",
    "red",
    "guitar",
    ",",
    "played",
    "twice",
  ]);
  assertEquals(sentenceTokens("  Two bells,, !, on \u201cBLUE\u201d , "), [
    "two",
    "bells",
    ",",
    "on",
    "blue",
  ]);
  assertEquals(sentenceTokens(" ,. "), []);
});

Deno.test("joinTokens() makes a sentence again when given its tokens", () => {
  for (
    const text of ["a red guitar, played twice", "on blue, a harp", "3 notes", "éclair 鐘", ""]
  ) {
    assertEquals(joinTokens(sentenceTokens(text)), text);
  }
});

Deno.test("vocabularyOf() numbers words by their alphabetical order, whatever order they come in", () => {
  const vocabulary = vocabularyOf(["drum", "a", "Drum", "bell"]);
  assertEquals(vocabulary.words, [",", "a", "bell", "drum"]);
  assertEquals([...vocabulary.tokens], [[",", 1], ["a", 2], ["bell", 3], ["drum", 4]]);
  assertEquals(vocabularyOf(["bell", "drum", "a"]), vocabulary);
});

Deno.test("vocabularyOf() refuses what the decoder has no room for", () => {
  const words = Array.from({ length: CAPACITY }, (_, index) => `word${index}`);
  assertEquals(vocabularyOf(words.slice(0, CAPACITY - 2)).words.length, CAPACITY - 1);
  assertThrows(
    () => vocabularyOf(words),
    RangeError,
    'vocabulary of "513" words: it takes at most',
  );
  assertThrows(() => vocabularyOf(["鐘".repeat(11)]), RangeError, "at most 32 bytes");
});

Deno.test("spelt() reads back every word of a spelling table that was saved in half precision", () => {
  const vocabulary = vocabularyOf(["drum", "éclair", "鐘", "ÿ", "x".repeat(WORD_BYTES)]);
  const value = spellingTable(vocabulary);
  const { tensors } = decodeSafetensors(
    encodeSafetensors({ value }, { dtype: "float16", metadata: {} }),
  );
  const row = (token: number) =>
    spelt(tensors["value"]!.data.subarray(token * WORD_BYTES, (token + 1) * WORD_BYTES));
  for (const [word, token] of vocabulary.tokens) assertEquals(row(token), word);
  assertEquals([row(END), row(CAPACITY - 1)], ["\x03", ""]);
});
