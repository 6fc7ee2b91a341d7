import { assert, assertEquals } from "@std/assert";
import { random } from "@codi/core/random";
import { rowsFor, wordTable } from "./_word_table.ts";
import { MAX_WORDS, NGRAMS_PER_WORD, tokenize } from "./tokenizer.ts";

const ROWS = 512;
const captions = (...texts: string[]) => texts.map((text) => ({ text }));

/** The buckets that each place of a side reads, as tokenize() gives them. */
function read({ buckets, sides }: ReturnType<typeof wordTable>, side: number): Int32Array {
  const { indices } = sides[side]!;
  const table = buckets.data as Int32Array;
  return Int32Array.from(
    Array.from(indices.data as Int32Array).flatMap((place) => [
      ...table.subarray(place * NGRAMS_PER_WORD, (place + 1) * NGRAMS_PER_WORD),
    ]),
  );
}

Deno.test("wordTable() reads captions as the prompt encoder will", () => {
  const sides = [["a guitar", "", "a blue guitar on a blue guitar"], [
    "the bell",
    "!!!",
    "x ".repeat(30),
  ]];
  const table = wordTable(sides.map((texts) => captions(...texts)), ROWS, random(1), 0);
  sides.forEach((texts, side) => {
    const { buckets, mask } = tokenize(texts);
    assertEquals(read(table, side), buckets);
    assertEquals(table.sides[side]!.mask.data, mask);
    assertEquals(table.sides[side]!.indices.shape, [3, MAX_WORDS]);
  });
  assertEquals(table.buckets.shape, [ROWS, NGRAMS_PER_WORD]);
  // Each word has one row: row 0 is none, and there are seven words.
  assertEquals(
    Math.max(...table.sides.flatMap(({ indices }) => [...indices.data as Int32Array])),
    7,
  );
});

Deno.test("wordTable() misspells words by one letter", () => {
  const text = "trumpet ".repeat(24);
  const plain = [...tokenize([text]).buckets.slice(0, NGRAMS_PER_WORD)];
  const table = wordTable([captions(text)], ROWS, random(2), 1);
  const words = read(table, 0);
  for (let column = 0; column < MAX_WORDS; column++) {
    const word = [...words.slice(column * NGRAMS_PER_WORD, (column + 1) * NGRAMS_PER_WORD)];
    const kept = word.filter((bucket) => bucket > 0 && plain.includes(bucket)).length;
    // One place of a word of seven letters touches three of its trigrams, or four where two swap.
    assert(kept >= 3 && kept <= 8, `${kept} buckets are kept`);
  }
  const unchanged = wordTable([captions("a on red")], ROWS, random(3), 1);
  assertEquals(read(unchanged, 0), tokenize(["a on red"]).buckets, "short words stay");
});

Deno.test("wordTable() has room for all words that captions can have", () => {
  const words = Array.from({ length: 600 }, (_, i) => `word${i}`);
  const texts = Array.from(
    { length: 150 },
    (_, row) => Array.from({ length: 24 }, (_, i) => words[(24 * row + i) % 600]).join(" "),
  );
  const rows = rowsFor(texts.length, words.length);
  assertEquals(rows, 900);
  const table = wordTable([captions(...texts)], rows, random(4));
  assert(table.sides[0]!.indices.data.every((place) => Number(place) > 0), "no word is left out");
  assertEquals(rowsFor(192, 145), ROWS, "few words take the same table");
  assertEquals(rowsFor(10, 90_000), 10 * MAX_WORDS + 1, "there are no more places");
});

Deno.test("wordTable() reads words that find no room as empty ones", () => {
  const text = Array.from({ length: 24 }, (_, i) => `word${i}`).join(" ");
  const table = wordTable([captions(text)], 10, random(4), 0);
  const indices = table.sides[0]!.indices.data as Int32Array;
  assertEquals([...indices.slice(9)], new Array(15).fill(0));
  assertEquals(Math.min(...table.sides[0]!.mask.data as Float32Array), 1);
});
