import { assert, assertEquals } from "@std/assert";
import { random } from "@codi/core/random";
import {
  BUCKETS,
  MAX_WORDS,
  NGRAMS_PER_WORD,
  splitWords,
  tokenize,
  trigrams,
  wordBuckets,
} from "./tokenizer.ts";

const HIGH = String.fromCharCode(0xd83c); // the halves of 🎸
const LOW = String.fromCharCode(0xdfb8);
const char = String.fromCodePoint;

/** How many buckets two words share, of those that the first one has. */
function shared(a: string, b: string): number {
  const other = new Set(wordBuckets(b));
  const own = new Set(wordBuckets(a));
  return [...own].filter((bucket) => other.has(bucket)).length / own.size;
}

Deno.test("splitWords() splits at blanks and punctuation, in lower case", () => {
  const cases: [string, string[]][] = [
    ["", []],
    [" \t\n\u00a0\u2028\u3000", []],
    ["!!! — … ¿?", []],
    ["A Guitar, on a\tyellow\u00a0background.", ["a", "guitar", "on", "a", "yellow", "background"]],
    ["don't stop-it", ["don", "t", "stop", "it"]],
    ["3 strokes, 16:9", ["3", "strokes", "16", "9"]],
    ["GUITAR ΣΑΣ ÄÖ ẞ", ["guitar", "σας", "äö", "ß"]],
    ["ｆｕｌｌ ﬁne ²", ["full", "fine", "2"]],
    ["a🎸b❤", ["a", "🎸", "b", "❤"]],
    ["1 + 1 = $2", ["1", "+", "1", "=", "$", "2"]],
    ["גיטרה ובס", ["גיטרה", "ובס"]],
    ["\u202eguitar\u202c \u200ftürkçe", ["guitar", "türkçe"]],
    ["吉他 ギター 기타", ["吉他", "ギター", "기타"]],
    ["हिन्दी में", ["हिन्दी", "में"]],
    ["\0gui\x07tar\x1b[31m", ["gui", "tar", "31m"]],
    ["gui\u00adtar gui\u200dtar \ufeffbell", ["guitar", "guitar", "bell"]],
    ["a\u200bguitar", ["a", "guitar"]],
  ];
  for (const [text, words] of cases) assertEquals(splitWords(text), words, JSON.stringify(text));
});

Deno.test("splitWords() reads composed and decomposed letters as the same", () => {
  assertEquals(splitWords("caf\u0065\u0301"), splitWords("caf\u00e9"));
  assertEquals(splitWords("\u1112\u1161\u11ab"), ["\ud55c"]);
  assertEquals(splitWords("İ"), splitWords("i\u0307"));
  assertEquals(splitWords("\u0399\u0342"), ["\u1fd6"]); // iota with a circumflex
});

Deno.test("splitWords() makes no word of marks, selectors and halves of characters alone", () => {
  assertEquals(splitWords(`${HIGH}guitar${LOW}`), ["guitar"]);
  assertEquals(splitWords(HIGH + HIGH + LOW), ["🎸"], "the second half meets its first");
  assertEquals(splitWords(LOW + HIGH), []);
  assertEquals(splitWords("\u0301 \u20e3 \ufe0f"), []);
  assertEquals(splitWords("❤\ufe0f"), ["❤"]);
  assertEquals(splitWords("👩\u200d🎤"), ["👩", "🎤"]);
  assertEquals(splitWords(`${char(0xe000)}${char(0xffff)}${char(0x10ffff)}`), [], "no characters");
  const zalgo = "g" + "\u0300\u0301".repeat(500) + "o";
  assertEquals(splitWords(zalgo).length, 1);
});

Deno.test("splitWords() accepts any string, and its words again", () => {
  const draw = random("unicode");
  for (let round = 0; round < 300; round++) {
    const top = [0x7f, 0x2fff, 0xffff, 0x10ffff][round % 4]!;
    const text = Array.from({ length: 40 }, () => char(draw.integer(top + 1))).join("") +
      String.fromCharCode(0xd800 + draw.integer(0x800));
    const words = splitWords(text);
    for (const word of words) {
      assert(word !== "" && word.isWellFormed() && !/[\s\p{P}\p{C}]/u.test(word), word);
    }
    assertEquals(splitWords(words.join(" ")), words, JSON.stringify(text));
  }
});

Deno.test("trigrams() go from the word's beginning to its end", () => {
  assertEquals(trigrams("guitar"), ["<gu", "gui", "uit", "ita", "tar", "ar>"]);
  assertEquals(trigrams("a"), ["<a>"]);
  assertEquals(trigrams(""), ["<>"]);
  assertEquals(trigrams("🎸"), ["<🎸>"], "characters, not code units");
  assertEquals(trigrams("guitar", 2), ["<gu", "gui"]);
});

Deno.test("wordBuckets() gives the buckets that the shipped weights were trained with", () => {
  const golden = [4033, 1950, 401, 775, 3242, 1572, 1609]; // recorded when they were trained
  assertEquals(wordBuckets("guitar"), golden);
  assertEquals(wordBuckets("guitar", false), golden.slice(1));
  assertEquals(wordBuckets("🎸"), [1762, 2461]);
});

Deno.test("wordBuckets() stays within the table for any word", () => {
  for (const word of ["", "a", "é", "🎸", HIGH, "x".repeat(10_000), "🎸".repeat(10_000)]) {
    const buckets = wordBuckets(word);
    assert(buckets.length >= 2 && buckets.length <= NGRAMS_PER_WORD);
    assert(buckets.every((bucket) => Number.isInteger(bucket) && bucket > 0 && bucket < BUCKETS));
    assertEquals(wordBuckets(word), buckets);
  }
  // Long words that begin alike differ as wholes alone.
  const [a, b] = ["x".repeat(9_999) + "y", "x".repeat(9_999) + "z"].map((word) =>
    wordBuckets(word)
  );
  assert(a![0] !== b![0]);
  assertEquals(a!.slice(1), b!.slice(1));
});

Deno.test("wordBuckets() of a misspelt word are shared with the right one most of all", () => {
  const things = ["guitar", "trumpet", "accordion", "helicopter", "saxophone", "maracas"];
  for (const thing of things) {
    const [head, tail] = [thing.slice(0, 3), thing.slice(3)];
    const misspelt = [
      head + tail.slice(1), // dropped
      head + tail[0] + tail, // doubled
      head + tail[1] + tail[0] + tail.slice(2), // swapped
      `${thing}s`,
    ];
    for (const wrong of misspelt) {
      const right = shared(wrong, thing);
      assert(right >= 0.25, `"${wrong}" shares ${right} with "${thing}"`);
      for (const other of things) {
        if (other !== thing) assert(right > 2 * shared(wrong, other), `"${wrong}" and "${other}"`);
      }
    }
  }
});

Deno.test("tokenize() puts words in order, padded with zeros", () => {
  const { buckets, mask } = tokenize(["a guitar", "", "!!!"]);
  assertEquals([buckets.length, mask.length], [3 * MAX_WORDS * NGRAMS_PER_WORD, 3 * MAX_WORDS]);
  const at = (row: number, column: number) => {
    const place = (row * MAX_WORDS + column) * NGRAMS_PER_WORD;
    return [...buckets.slice(place, place + NGRAMS_PER_WORD)];
  };
  const padded = (word: string) => {
    const own = wordBuckets(word);
    return [...own, ...new Array(NGRAMS_PER_WORD - own.length).fill(0)];
  };
  assertEquals([at(0, 0), at(0, 1)], [padded("a"), padded("guitar")]);
  assertEquals([...mask.slice(0, 4)], [1, 1, 0, 0]);
  assertEquals(mask.reduce((sum, value) => sum + value), 4);
  // Without words there is one empty word: nothing to average would be NaN.
  assertEquals([at(1, 0), mask[MAX_WORDS]], [new Array(NGRAMS_PER_WORD).fill(0), 1]);
  assertEquals(mask[2 * MAX_WORDS], 1);
  assertEquals(tokenize([]).mask.length, 0);
});

Deno.test("tokenize() reads the first words of a text that is too long", () => {
  const words = Array.from({ length: MAX_WORDS + 5 }, (_, i) => `word${i}`);
  const { buckets, mask } = tokenize([words.join(" "), words.slice(0, MAX_WORDS).join(" ")]);
  const half = buckets.length / 2;
  assertEquals(buckets.slice(0, half), buckets.slice(half));
  assertEquals(mask, new Float32Array(2 * MAX_WORDS).fill(1));
});
