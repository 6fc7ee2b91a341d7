import { assertEquals } from "@std/assert";
import { similarWords } from "./similar_words.ts";

const known = ["guitar", "trumpet", "accordion", "bell", "blue", "background", "red", "a", "on"];

Deno.test("similarWords() finds the word that was meant", () => {
  const cases: [string, string][] = [
    ["gitar", "guitar"],
    ["guittar", "guitar"],
    ["giutar", "guitar"],
    ["trumpets", "trumpet"],
    ["acordeon", "accordion"],
    ["bleu", "blue"],
    ["rad", "red"],
    ["bel", "bell"],
  ];
  for (const [wrong, right] of cases) assertEquals(similarWords(wrong, known)[0], right, wrong);
});

Deno.test("similarWords() finds nothing where nothing is near", () => {
  for (const word of ["xyz", "🎸", "x", "violin", "x".repeat(10_000), "🎸".repeat(10_000)]) {
    assertEquals(similarWords(word, known), [], word.slice(0, 20));
  }
  assertEquals(similarWords("guitar", []), []);
});

Deno.test("similarWords() gives the best first, and no more than asked for", () => {
  const more = ["guitarist", "guitars", "guitar", "citar", "bell"];
  assertEquals(similarWords("guitar", more, 9)[0], "guitar");
  assertEquals(similarWords("guitar", more), ["guitar", "guitars", "citar"]);
  assertEquals(similarWords("guitar", more, 1), ["guitar"]);
});
