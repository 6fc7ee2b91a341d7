import { assertEquals, assertThrows } from "@std/assert";
import { type CaptionSample, type Dataset, type Pairs, pairsOf } from "./mod.ts";

const caption: CaptionSample = { text: "a sketch", key: "sketch" };

function dataset(changes: Partial<Dataset> = {}): Dataset {
  return {
    name: "test data",
    modalities: ["sketch", "tune", "clip"],
    size: () => 10,
    contentLength: 3,
    vocabulary: ["a", "sketch"],
    caption: (split, index, wording, whole = false) => ({
      ...caption,
      text: `${split} ${index} ${wording}${whole ? " whole" : ""}`,
    }),
    paraphrases: () => [caption, caption],
    describes: (_, modality, __, index) => modality === "sketch" && index === 1,
    sample: (...key) => Promise.resolve(key),
    ...changes,
  };
}

/** Every way to see something, with what it shows. */
function views(pairs: Pairs): [string, () => unknown][] {
  return [
    ["captions", () => pairs.caption("train", 0, 0)],
    ["captions", () => pairs.paraphrases("train", 0, 0)],
    ...["words", "sketch", "tune", "clip", "smell"].flatMap((name): [string, () => unknown][] => [
      [name, () => pairs.sample(name, "train", 0)],
      [name, () => pairs.describes(caption, name, "train", 0)],
    ]),
  ];
}

Deno.test("pairsOf() shows what is declared as it is", async () => {
  const pairs = pairsOf(dataset(), "align sketch", ["words", "sketch"]);
  assertEquals(pairs.caption("test", 7, 3).text, "test 7 3");
  assertEquals(pairs.caption("test", 7, 3, true).text, "test 7 3 whole");
  assertEquals(pairs.paraphrases("train", 7, 3), [caption, caption]);
  assertEquals(await pairs.sample("sketch", "test", 5), ["sketch", "test", 5]);
  assertEquals(pairs.describes(caption, "sketch", "train", 1), true);
  assertEquals(pairs.describes(caption, "sketch", "train", 2), false);
  assertEquals([pairs.contentLength, pairs.vocabulary], [3, ["a", "sketch"]]);
});

Deno.test("pairsOf() refuses every modality that is not declared, in every way to see it", () => {
  const declarations = [
    [],
    ["words"],
    ["sketch"],
    ["words", "sketch"],
    ["tune", "clip"],
    ["words", "sketch", "tune", "clip"],
  ];
  for (const bridge of [undefined, "words"]) {
    for (const declared of declarations) {
      const source = dataset(bridge === undefined ? {} : { bridge });
      const pairs = pairsOf(source, "test", declared);
      assertEquals(pairs.modalities, declared.filter((name) => name !== "words"));
      for (const [shown, view] of views(pairs)) {
        if (declared.includes(shown === "captions" ? "words" : shown)) view();
        else {
          const what = shown === "captions" && bridge === undefined
            ? "captions"
            : `"${shown === "captions" ? "words" : shown}"`;
          const list = declared.map((name) => `"${name}"`).join(", ") || "nothing";
          const message = `Cannot show ${what} to the objective "test": it declared ${list}`;
          assertEquals(assertThrows(view, RangeError).message, message);
        }
      }
    }
  }
});

Deno.test("pairsOf() goes by the data set's bridge where it names one", () => {
  // Declaring something that the data set lacks does not open its captions.
  const pairs = pairsOf(dataset({ bridge: "words" }), "test", ["smell"]);
  assertThrows(() => pairs.caption("train", 0, 0), RangeError, 'Cannot show "words"');
});

Deno.test("pairsOf() hands on nothing that would identify or measure the data set", () => {
  assertEquals(Object.keys(pairsOf(dataset(), "test", ["words", "sketch"])).sort(), [
    "caption",
    "contentLength",
    "describes",
    "modalities",
    "paraphrases",
    "sample",
    "vocabulary",
  ]);
});
