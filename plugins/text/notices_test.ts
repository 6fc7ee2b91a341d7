import { assert, assertEquals } from "@std/assert";
import { TEXT_CONFIG } from "./training.ts";
import { textPromptEncoder } from "./prompt_encoder.ts";

const knowledge = { vocabulary: "a guitar on blue background trumpet guitars" };

function notices(text: string, known: Record<string, string> = knowledge): string[] {
  return textPromptEncoder(TEXT_CONFIG).notices!(text, known);
}

Deno.test("notices() say nothing of a prompt whose words are all known", () => {
  assertEquals(notices("A guitar, on a BLUE background!"), []);
});

Deno.test("notices() name each unknown word once, with the known ones most like it", () => {
  assertEquals(notices("a gitar on a gitar"), [
    'The word "gitar" was not in the training captions; similar ones are "guitar", "guitars"',
  ]);
  assertEquals(notices("xyz 🎸"), [
    'The word "xyz" was not in the training captions',
    'The word "🎸" was not in the training captions',
  ]);
});

Deno.test("notices() name no word where the vocabulary is not known", () => {
  assertEquals(notices("a gitar", {}), []);
  assertEquals(notices("a gitar", { vocabulary: "" }), []);
});

Deno.test("notices() tell of a prompt without any word", () => {
  for (const [text, shown] of [["!!!", "!!!"], ["", ""], [" … ", "…"], ["\ud800", "\ufffd"]]) {
    for (const known of [knowledge, {}]) {
      assertEquals(notices(text!, known), [
        `The prompt "${shown}" has no word to read, so it says nothing`,
      ]);
    }
  }
});

Deno.test("notices() tell of words that are cut off, and do not name those", () => {
  const text = `${"blue ".repeat(24)}xyz gitar`;
  assertEquals(notices(text), ["Only the first 24 of 26 words are read"]);
  assertEquals(notices("blue ".repeat(24)), []);
});

Deno.test("notices() are short and harmless to a terminal, whatever the prompt", () => {
  const [long] = notices("x".repeat(10_000));
  assertEquals(long, `The word "${"x".repeat(40)}…" was not in the training captions`);
  const [marks] = notices("\x1b[2J".replace("[2J", "!").repeat(100));
  assertEquals(marks!.length, 'The prompt "" has no word to read, so it says nothing'.length + 41);
  for (const text of ["\x1b[2J\x07", "\u202e\u2066", "\x9b1m", "\ud83c"]) {
    for (const notice of notices(text)) assert(!/\p{C}/u.test(notice), JSON.stringify(notice));
  }
});

Deno.test("tokens() are the words that are read, with the pieces of each", () => {
  const { tokens } = textPromptEncoder(TEXT_CONFIG);
  assertEquals(tokens!("A gitar!", { vocabulary: "a guitar" }), [
    { text: "a", known: true, pieces: ["<a>"] },
    { text: "gitar", known: false, pieces: ["<gi", "git", "ita", "tar", "ar>"] },
  ]);
  assertEquals(tokens!("drum", {})[0]!.known, undefined);
  assertEquals(tokens!("word ".repeat(30), {}).length, 24);
});
