import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { audio } from "@codi/audio";
import { tensor } from "@codi/core/tensor";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { video } from "@codi/video";
import { greyPicture, testFolder } from "./_testing.ts";
import { openFolder, type OpenFolderOptions } from "./mod.ts";

const modalities = [text, image, audio, video];
const grey = await greyPicture(0);

/** The report's skipped files as lines. */
async function skippedIn(path: string, options: OpenFolderOptions = {}): Promise<string[]> {
  const { report } = await openFolder(path, modalities, options);
  return report.skipped.map(({ file, reason }) => `${file}: ${reason}`);
}

Deno.test("openFolder() takes files of one name for one sample, in sub-folders too", async () => {
  const sound = await audio.codec.encode(tensor([32000]));
  const clip = await video.codec.encode(tensor([16, 3, 64, 64]));
  await using folder = await testFolder({
    "a.png": grey,
    "a.txt": "\ufeffA grey wall\r\n\r\n  grey all over \r\n",
    "a.wav": sound,
    "a.webm": clip,
    "deep/er/a.PNG": grey,
    "deep/er/a.txt": "another",
    "b.wav": sound,
    ".hidden.png": "broken",
    ".git/config.png": "broken",
  });
  const { dataset, report } = await openFolder(folder.path, modalities);
  assertEquals(report.skipped, []);
  assertEquals(report.captions, 3);
  const groups = report.groups.map(({ modalities, size }) => [
    modalities.join("+"),
    size.train + size.test,
  ]);
  assertEquals(
    groups.map(String).sort(),
    ["audio+image+text+video,1", "audio,1", "image+text,1"],
  );
  assertEquals(dataset.modalities, ["audio", "image", "video"]);
  const pairs = dataset.for(["image", "text"]);
  assertEquals([pairs.size("train"), pairs.size("test")], [1, 1]);
  const captions = (["train", "test"] as const).flatMap((split) =>
    [0, 1].map((wording) => pairs.caption(split, 0, wording).text)
  );
  assertEquals(captions.sort(), ["A grey wall", "another", "another", "grey all over"]);
});

Deno.test("openFolder() lets the bytes decide which modality a file is of", async () => {
  const clip = tensor([16, 3, 64, 64]);
  clip.data.forEach((_, i) => clip.data[i] = i < clip.data.length / 2 ? -1 : 1);
  const animation = await video.codec.encode(clip, { format: "gif" });
  const sound = tensor([32000], Float32Array.from({ length: 32000 }, (_, i) => Math.sin(i / 9)));
  const heard = await Deno.readFile(
    new URL("../../plugins/audio/testdata/sine.webm", import.meta.url),
  );
  await using folder = await testFolder({
    "moving.gif": animation,
    "misnamed.jpg": grey, // a PNG
    "heard.webm": heard,
    "seen.webm": await video.codec.encode(clip, { beside: { audio: sound } }),
  });
  const { report } = await openFolder(folder.path, modalities);
  assertEquals(report.skipped, []);
  const counts = report.groups.map(({ modalities, size }) =>
    `${modalities}: ${size.train + size.test}`
  );
  assertEquals(counts.sort(), ["audio: 1", "image: 1", "video: 2"]);
});

Deno.test("openFolder() names every file that it leaves out, with the reason", async () => {
  await using folder = await testFolder({
    "good.png": grey,
    "good.txt": "good",
    "broken.png": grey.subarray(0, grey.length - 40),
    "words.png": "this is no picture",
    "empty.txt": " \n\n",
    "latin.txt": Uint8Array.of(0x63, 0xe9),
    "notes.pdf": "%PDF",
    "README": "read me",
    "good.jpg": grey,
    "large.txt": "x".repeat(2001),
  });
  const skipped = await skippedIn(folder.path, { fileLimit: 2000 });
  const patterns = [
    /^README: no modality reads files of such a name$/,
    /^broken\.png: the file is damaged \(.+\)$/,
    /^empty\.txt: it has no caption$/,
    /^good\.png: "good\.jpg" is the image of the same sample already$/,
    /^large\.txt: its 2001 bytes are above the limit of 2000$/,
    /^latin\.txt: the bytes are not UTF-8$/,
    /^notes\.pdf: no modality reads files of such a name$/,
    /^words\.png: it is nothing in PNG/,
  ];
  assertEquals(skipped.length, patterns.length, skipped.join("\n"));
  patterns.forEach((pattern, index) => assert(pattern.test(skipped[index]!), skipped[index]));
});

Deno.test("openFolder() follows no link that leaves the folder", async () => {
  await using outside = await testFolder({ "secret.png": grey, "sub/deep.png": grey });
  await using folder = await testFolder({ "here.png": grey });
  const link = (target: string, name: string) => Deno.symlink(target, join(folder.path, name));
  await link(join(outside.path, "secret.png"), "away.png");
  await link(join(outside.path, "sub"), "folder");
  await link(folder.path, "loop");
  await link(join(folder.path, "nothing.png"), "dangling.png");
  await link(join(folder.path, "here.png"), "within.png");
  const { report } = await openFolder(folder.path, modalities);
  assertEquals(report.groups[0]?.size, { train: 1, test: 1 });
  assertEquals(report.skipped.map(({ file, reason }) => `${file}: ${reason}`), [
    "away.png: it is a link that leaves the folder",
    "dangling.png: it does not exist",
    "folder: it is a link that leaves the folder",
    "loop: it is a folder, or a link to one",
  ]);
});

Deno.test("openFolder() reads metadata.csv with quotes, a byte order mark and CRLF", async () => {
  await using folder = await testFolder({
    "one.png": grey,
    "sub/two.png": grey,
    "three.png": grey,
    "unnamed.png": grey,
    "metadata.csv": "\ufefffile_name,text,author\r\n" +
      'one.png,"grey, ""very"" grey\r\nand even",me\r\n' +
      "./sub/two.png,plain,me\r\n" +
      "one.png,a second row,me\r\n" +
      "\r\n" +
      "none.png,missing,me\r\n" +
      "../up.png,outside,me\r\n" +
      "/etc/hosts,absolute,me\r\n" +
      "three.png,too,many,cells\r\n" +
      ",,me\r\n",
  });
  const { dataset, report } = await openFolder(folder.path, modalities);
  assertEquals(report.manifest, "metadata.csv");
  assertEquals(report.skipped.map(({ file, reason }) => `${file}: ${reason}`), [
    "metadata.csv:10: it has 4 cells instead of 3",
    'metadata.csv:11: none of "file_name", "text", "image", "audio", "video" says anything',
    'metadata.csv:7: "none.png": it does not exist',
    'metadata.csv:8: "../up.png": it is outside the folder',
    'metadata.csv:9: "/etc/hosts": it is outside the folder',
    "three.png: metadata.csv does not name it",
    "unnamed.png: metadata.csv does not name it",
  ]);
  assertEquals(report.captions, 4);
  const said = (["train", "test"] as const).map((split) =>
    [0, 1, 2].map((wording) => dataset.caption(split, 0, wording).text)
  );
  assertEquals(said.map(String).sort(), [
    'grey, "very" grey,and even,a second row',
    "plain,plain,plain",
  ]);
});

Deno.test("openFolder() reads metadata.jsonl and names bad lines by their number", async () => {
  const sound = await audio.codec.encode(tensor([32000]));
  await using folder = await testFolder({
    "p/1.png": grey,
    "s/1.wav": sound,
    "metadata.jsonl": [
      '{"image": "p/1.png", "audio": "s/1.wav", "text": ["one", "uno"], "id": 7}',
      "{broken",
      '{"text": "words alone"}',
      '{"image": 7, "text": "no path"}',
      "[1]",
      '{"image": "s/1.wav", "text": "no picture"}',
    ].join("\n"),
  });
  const { report } = await openFolder(folder.path, modalities);
  assertEquals(
    report.groups.map(({ modalities }) => modalities.join("+")).sort(),
    ["audio+image+text", "text"],
  );
  assertEquals(report.captions, 3);
  const skipped = report.skipped.map(({ file, reason }) => `${file}: ${reason}`);
  assertEquals(skipped.slice(0, 3), [
    "metadata.jsonl:2: it is no JSON",
    'metadata.jsonl:4: "image" is no path',
    "metadata.jsonl:5: it is no object",
  ]);
  assert(/^s\/1\.wav: it is nothing in PNG/.test(skipped[3]!), skipped[3]);
  assertEquals(skipped.length, 4);
});

Deno.test("openFolder() says what is wrong with a folder as a whole", async () => {
  await using folder = await testFolder();
  const rejects = (path: string, kind: new () => Error, message: string) =>
    assertRejects(() => openFolder(path, modalities), kind, message);
  const { path } = folder;
  await rejects(
    path,
    RangeError,
    `"${path}": it has no files; it takes files of one name, such as`,
  );
  await rejects(`${path}/no`, Deno.errors.NotFound, `"${path}/no": it does not exist`);
  await folder.write({ "x.txt": "" });
  await rejects(`${path}/x.txt`, Deno.errors.NotADirectory, `"${path}/x.txt": it is a file`);
  await rejects(path, RangeError, "none of its files is a sample (x.txt: it has no caption)");
  await folder.write({ "metadata.csv": "file;text\nx;y\n" });
  await rejects(path, SyntaxError, 'its columns are "file;text", it takes "file_name", "text"');
  await folder.write({ "metadata.csv": "text,text\nx,y\n" });
  await rejects(path, SyntaxError, 'it has the column "text" twice');
  await folder.write({ "metadata.csv": Uint8Array.of(0xff, 0xfe, 0x66, 0) });
  await rejects(path, SyntaxError, "Cannot read metadata.csv: the bytes are not UTF-8");
  await folder.write({ "metadata.jsonl": "" });
  await rejects(path, RangeError, "it has metadata.csv and metadata.jsonl, keep one of them");
});

Deno.test("openFolder() tells how far it is, and stops when it is told to", async () => {
  await using folder = await testFolder({ "a.txt": "a", "b.txt": "b" });
  const seen: string[] = [];
  const onProgress = (read: number, total: number) => void seen.push(`${read}/${total}`);
  await openFolder(folder.path, modalities, { onProgress });
  assertEquals(seen, ["1/2", "2/2"]);
  const signal = AbortSignal.abort(new DOMException("enough", "AbortError"));
  await assertRejects(
    () => openFolder(folder.path, modalities, { signal }),
    DOMException,
    "enough",
  );
});
