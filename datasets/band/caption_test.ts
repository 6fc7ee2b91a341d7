import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  COLOR_WORDS,
  CONTOUR_PHRASES,
  CONTOUR_WORDS,
  NOUNS,
  NUMBERS,
  REGISTER_PHRASES,
  REGISTER_WORDS,
  TIMES,
} from "./_lexicon.ts";
import { BACKGROUNDS, BARE_BACKGROUNDS, EVENTS } from "./_patterns.ts";
import { caption, CAPTION_WORDS, captionWithFactors } from "./caption.ts";
import {
  canonicalCaption,
  FACTOR_NAMES,
  type FactorName,
  mentioned,
  mentionOf,
} from "./factors.ts";
import { captionWords, parseCaption } from "./parse_caption.ts";
import { scene, SPLITS } from "./scene.ts";
import { THING_NAMES } from "./things.ts";

const SUBSETS: readonly (readonly FactorName[])[] = Array.from(
  { length: 32 },
  (_, bits) => FACTOR_NAMES.filter((_, i) => bits & (1 << i)),
);

Deno.test("parseCaption() reads back what caption() says", () => {
  for (const split of SPLITS) {
    for (let i = 0; i < 2000; i++) {
      const { text, factors } = captionWithFactors(scene(split, i), { wording: i % 3 });
      assertEquals(parseCaption(text), factors, text);
    }
  }
});

Deno.test("parseCaption() reads back every thing and every set of mentioned factors", () => {
  for (const thing of THING_NAMES) {
    SUBSETS.forEach((mention, n) => {
      for (let wording = 0; wording < 8; wording++) {
        const one = scene("train", n, { things: [thing] });
        const { text, factors } = captionWithFactors(one, { mention, wording });
        assertEquals(factors, mentioned(one, mention));
        assertEquals(parseCaption(text), factors, text);
      }
    });
  }
});

Deno.test("parseCaption() is undefined when the text is not in the grammar", () => {
  for (
    const text of [
      "",
      "three three notes",
      "a trumpet trumpet on blue",
      "a trumpet on a blue",
      "a trumpet on blue on red",
      "red trumpet",
      "a tuba on blue",
      "five notes",
      "trumpet a",
    ]
  ) assertEquals(parseCaption(text), undefined, text);
});

Deno.test("parseCaption() ignores case, articles, commas and the final period", () => {
  const expected = parseCaption("on an orange background, an accordion playing three notes");
  assertEquals(expected?.thing, "accordion");
  assertEquals(
    parseCaption("  ON A ORANGE background a accordion   playing three notes."),
    expected,
  );
});

Deno.test("parseCaption() reports what is said when it cannot be true", () => {
  const factors = parseCaption("three rising drum hits");
  assertEquals([factors?.thing, factors?.count, factors?.contour], ["drum", 3, "rising"]);
});

Deno.test("caption() has at least 30 patterns and no words with two meanings", () => {
  assert(new Set([...EVENTS, ...BACKGROUNDS, ...BARE_BACKGROUNDS]).size >= 30);
  const lists = [
    COLOR_WORDS,
    NUMBERS,
    TIMES,
    CONTOUR_WORDS,
    CONTOUR_PHRASES,
    REGISTER_WORDS,
    REGISTER_PHRASES,
  ];
  for (const list of lists) {
    const words = Object.values(list).flat();
    assertEquals(new Set(words).size, words.length);
  }
  for (const form of ["phrase", "word"] as const) {
    const owner = new Map<string, string>();
    for (const thing of THING_NAMES) {
      for (const noun of NOUNS[thing]) {
        assertEquals(owner.get(noun[form]) ?? thing, thing);
        owner.set(noun[form], thing);
      }
    }
  }
});

Deno.test("caption() mentions the thing and the other factors as often as it should", () => {
  const count = 6000;
  const mentions = { thing: 0, color: 0, count: 0, contour: 0, register: 0 };
  const possible = { thing: 0, color: 0, count: 0, contour: 0, register: 0 };
  for (let i = 0; i < count; i++) {
    const one = scene("train", i);
    for (const name of mentionOf(captionWithFactors(one).factors)) mentions[name]++;
    for (const name of mentionOf(one)) possible[name]++;
  }
  assert(mentions.thing / count > 0.95 && mentions.thing < count);
  for (const name of ["color", "count", "contour", "register"] as const) {
    const share = mentions[name] / possible[name];
    assert(Math.abs(share - 0.6) < 0.05, `${name}: ${share}`);
  }
});

Deno.test("caption() stays within 24 words and within captionWords()", () => {
  const known = new Set(captionWords());
  for (let i = 0; i < 3000; i++) {
    const words = caption(scene("train", i), { mention: i % 2 ? FACTOR_NAMES : undefined })
      .toLowerCase().replace(/[.,]/g, "").split(" ");
    assert(words.length <= CAPTION_WORDS);
    for (const word of words) assert(known.has(word), word);
  }
});

Deno.test("caption() gives other words for other wordings, and the same for the same", () => {
  const one = scene("train", 1);
  const mention = FACTOR_NAMES;
  const wordings = Array.from({ length: 20 }, (_, wording) => caption(one, { wording, mention }));
  assert(new Set(wordings).size > 10);
  assertEquals(caption(one, { wording: 3, mention }), wordings[3]);
});

Deno.test("canonicalCaption() is equal when, and only when, captions say the same", () => {
  const one = scene("train", 0, { things: ["drum"] });
  assertEquals(canonicalCaption(one, ["thing", "contour"]), canonicalCaption(one, ["thing"]));
  assertEquals(
    canonicalCaption(one, ["thing"]),
    canonicalCaption(scene("train", 1, { things: ["drum"] }), ["thing"]),
  );
  assertNotEquals(canonicalCaption(one, ["thing"]), canonicalCaption(one, ["thing", "count"]));
  assertNotEquals(
    canonicalCaption(one, ["thing"]),
    canonicalCaption(scene("train", 0, { things: ["bell"] }), ["thing"]),
  );
});
