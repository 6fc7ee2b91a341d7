import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import type { Tensor } from "@codi/core/tensor";
import type { DatasetSplit } from "@codi/core/training";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { wordsOf } from "./_captions.ts";
import { greyPicture, testFolder } from "./_testing.ts";
import { openFolder, reportText } from "./mod.ts";

const grey = await greyPicture(0);

/** Many captions, each in a file of its own. */
function captions(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${i}.txt`, `number ${i}`]),
  );
}

Deno.test("for() gives the samples that have all modalities, which keep their split", async () => {
  const files: Record<string, string | Uint8Array> = captions(40);
  for (let i = 0; i < 20; i++) files[`${i}.png`] = grey;
  await using folder = await testFolder(files);
  const { dataset } = await openFolder(folder.path, [text, image]);
  const said = (split: DatasetSplit, of = dataset.for(["text"])) =>
    Array.from({ length: of.size(split) }, (_, index) => of.caption(split, index, 0).text);
  assertEquals(said("train").length + said("test").length, 40);
  assert(said("test").length >= 2 && said("test").length <= 12, said("test").join());
  const pairs = dataset.for(["image", "text"]);
  assertEquals(said("train", pairs).length + said("test", pairs).length, 20);
  for (const split of ["train", "test"] as const) {
    const all = said(split);
    assert(said(split, pairs).every((caption) => all.includes(caption)), split);
  }
  assertEquals(pairs.modalities, ["image"]);
  assert(pairs.name !== dataset.name && pairs.name.startsWith(dataset.name));
  await assertRejects(
    () => dataset.for(["text"]).sample("image", "train", 0),
    RangeError,
    'Cannot give a sample of "image"',
  );
});

Deno.test("for() refuses a part without a sample to judge on", async () => {
  await using folder = await testFolder({ ...captions(3), "1.png": grey });
  const { dataset } = await openFolder(folder.path, [text, image]);
  assertThrows(
    () => dataset.for(["text", "image"]),
    RangeError,
    "1 of its 3 samples has that, it takes at least 2, one to judge on",
  );
  assertThrows(() => dataset.for(["audio"]), RangeError, "0 of its 3 samples have that");
});

Deno.test("caption() and paraphrases() take lines of a file for wordings of one content", async () => {
  await using folder = await testFolder({ "a.txt": "one\ntwo\nthree", "b.txt": "Alone!" });
  const { dataset } = await openFolder(folder.path, [text]);
  const split = (["train", "test"] as const).find((name) =>
    dataset.caption(name, 0, 0).text === "one"
  )!;
  const other = split === "train" ? "test" : "train";
  const drawn = new Set<string>();
  for (let wording = 0; wording < 12; wording++) {
    const [first, second] = dataset.paraphrases(split, 0, wording);
    assertEquals(first.key, second.key);
    drawn.add(`${first.text} ${second.text}`);
  }
  assertEquals(
    [...drawn].sort(),
    ["one three", "one two", "three one", "three two", "two one", "two three"],
  );
  const keys = [0, 1, 2].map((wording) => dataset.caption(split, 0, wording).key);
  assertEquals(new Set(keys).size, 1, "no caption of a sample is a negative of another");
  assert(dataset.caption(other, 0, 0).key !== keys[0]);
  const [first, second] = dataset.paraphrases(other, 0, 5);
  assertEquals([first.text, second.text], ["Alone!", "Alone!"]);
  assertEquals(dataset.vocabulary, ["alone", "one", "three", "two"]);
});

Deno.test("describes() is true of samples with the same words", async () => {
  await using folder = await testFolder({
    "a.txt": "A red, red bell.\nsomething else",
    "b.txt": "a  red red BELL",
    "c.txt": "a red bell",
  });
  const { dataset } = await openFolder(folder.path, [text]);
  const all = (["train", "test"] as const).flatMap((split) =>
    Array.from({ length: dataset.size(split) }, (_, index) => ({ split, index }))
  );
  const caption = { text: "A RED, red bell!", key: "" };
  const described = all.filter(({ split, index }) =>
    dataset.describes(caption, "text", split, index)
  );
  const said = described.map(({ split, index }) => dataset.caption(split, index, 0).text);
  assertEquals(said.sort(), ["A red, red bell.", "a  red red BELL"]);
});

Deno.test("sample() begins again beyond the size, and reads a file again when there is no room", async () => {
  await using folder = await testFolder({
    "a.png": await greyPicture(1),
    "b.png": await greyPicture(-1),
    "c.png": await greyPicture(0),
  });
  const open = (cacheLimit: number) => openFolder(folder.path, [text, image], { cacheLimit });
  const values = async (dataset: Awaited<ReturnType<typeof open>>["dataset"]) => {
    const own = dataset.for(["image"]);
    const of = async (split: DatasetSplit, index: number) =>
      Math.round((await own.sample("image", split, index) as Tensor).data[0]!);
    return [await of("train", 0), await of("train", 1), await of("train", 2), await of("test", 9)];
  };
  const kept = await open(1e9);
  const read = await open(0);
  const expected = await values(kept.dataset);
  assertEquals(expected[0], expected[2]);
  assertEquals(expected.toSpliced(2, 1).sort().join(), "-1,0,1");
  assertEquals(await values(read.dataset), expected);
  await folder.write({ "a.png": grey, "b.png": grey });
  assertEquals(await values(kept.dataset), expected);
  await assertRejects(
    () => values(read.dataset),
    Error,
    "it has changed since the folder was opened",
  );
});

Deno.test("the data set's name changes with what the folder holds, and nothing is written there", async () => {
  await using folder = await testFolder({ ...captions(3), "1.png": grey });
  const name = async () => (await openFolder(folder.path, [text, image])).dataset.name;
  const before = await name();
  assertEquals(await name(), before);
  const files = (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name).sort();
  assertEquals(files, ["0.txt", "1.png", "1.txt", "2.txt"]);
  await Deno.writeTextFile(join(folder.path, "1.txt"), "other words");
  assert(await name() !== before);
});

Deno.test("reportText() names the first skipped files, without control characters", () => {
  const skipped = ["a\x1b[31m", "b", "c"].map((file) => ({ file, reason: "why" }));
  assertEquals(
    reportText({ path: "x", groups: [], captions: 1, skipped }, { skipped: 2 }),
    "x: 0 samples with 1 caption\n  skipped 3:\n    a�[31m: why\n    b: why\n    and 1 more\n",
  );
});

Deno.test("wordsOf() parts no word at what is not drawn, as prompts are read", () => {
  assertEquals(wordsOf("gui\u00adtar, می\u200cخواهم a\u200bb ﬁne 2 ♪!"), [
    ...["guitar", "میخواهم", "a", "b", "fine", "2", "♪"],
  ]);
});
