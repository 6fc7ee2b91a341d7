import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { load } from "@codi/core/generation";
import { tensor } from "@codi/core/tensor";
import type { AnyModality } from "@codi/core/modality";
import sharp from "sharp";
import { type Ran, randomModalities, runOne, testFolder } from "./_testing.ts";
import { generate } from "./generate/generate.ts";
import { inspect } from "./inspect/inspect.ts";

function run(modalities: readonly AnyModality[], ...args: string[]): Promise<Ran> {
  return runOne({
    inspect: (rest, given) => inspect([...rest, "--threads=1"], given, modalities),
    generate: (rest, given) => generate([...rest, "--threads=1"], given, modalities),
  }, args);
}

Deno.test("inspect tells a sentence's words, unknown ones, and what lies near it", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const create = { width: 64, height: 64, channels: 3, background: "#f8e682" } as const;
  await Deno.mkdir(join(folder.path, "photos"));
  const photo = join(folder.path, "photos", "yellow.png");
  await Deno.writeFile(photo, await sharp({ create }).png().toBuffer());
  await Deno.writeFile(join(folder.path, "photos", "notes.bin"), new Uint8Array(9));
  const sentence = "a gitar on yellow";
  const among = ["--among", join(folder.path, "photos")];

  const shown = await run(modalities, "inspect", sentence, "--top=3", ...among);
  assertEquals(shown.code, 0, shown.reported);
  assert(shown.printed.startsWith(`"${sentence}"\n  tokens `), shown.printed);
  assert(shown.printed.includes("a · gitar · on · yellow\n"));
  assert(shown.printed.includes("gitar, read by its pieces <gi git ita tar ar>\n"));
  assert(shown.printed.includes('The word "gitar" was not in the training captions'));

  const { printed } = await run(modalities, "inspect", sentence, "--json", "--top=3", ...among);
  const [{ tokens, near }] = JSON.parse(printed);
  assertEquals(tokens.map(({ known }: { known: boolean }) => known), [true, false, true, true]);
  assertEquals(near.words.length, 3);
  assertEquals(near.files.map(({ what }: { what: string }) => what), [photo]);
  assert(near.words[0].cosine >= near.words[1].cosine);
  // The cosines are those of the library.
  await using codi = await load(modalities, { session: { threads: 1 } });
  const [text, image] = modalities as [AnyModality, AnyModality];
  const picture = image.prompt(await image.codec.decode(await Deno.readFile(photo)));
  const expected = await codi.similarity(text.prompt(sentence), picture);
  assertAlmostEquals(near.files[0].cosine, expected, 1e-5);
  const word = await codi.similarity(text.prompt(sentence), text.prompt(near.words[0].what));
  assertAlmostEquals(near.words[0].cosine, word, 1e-5);
});

Deno.test("inspect tells how a file was generated", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  const args = ["a guitar", "--weight=2", "--negative", "a drum", "--steps=2", "--seed=9"];
  assertEquals((await run(modalities, "generate", ...args, "--count=2", "--out", out)).code, 0);
  const file = await run(modalities, "inspect", join(out, "image-2.png"));
  assertEquals(file.code, 0, file.reported);
  assert(/image-2\.png: image, [\d.]+ kB, read as \[3, 64, 64\]\n/.test(file.printed));
  assert(/made from +"a guitar", weight 2\n +not "a drum"\n/.test(file.printed), file.printed);
  assert(/image; seed 9, 2 steps of dpm\+\+, .*; sample 2 of 2\n/.test(file.printed));
  const record = await run(modalities, "inspect", join(out, "run.json"));
  assert(/run\.json: the record of a run, .*\n(.*\n)*.*; 2 samples of 2\n$/.test(record.printed));
  const recorded = JSON.parse(await Deno.readTextFile(join(out, "run.json")));
  for (
    const [part, told] of [
      [{ region: "0,0,32,64" }, "keeping 0,0,32,64 of the image a.png"],
      [{ mask: { file: "b.png" } }, "keeping what b.png marks of the image a.png"],
    ] as const
  ) {
    const keep = { image: { file: "a.png", ...part } };
    await Deno.writeTextFile(join(out, "kept.json"), JSON.stringify({ ...recorded, keep }));
    const { printed } = await run(modalities, "inspect", join(out, "kept.json"));
    assert(printed.includes(told), printed);
  }
});

Deno.test("inspect tells samples that are JSON from the record of a run and from other JSON", async () => {
  await using folder = await testFolder();
  const [text, image] = await randomModalities(folder.path) as [AnyModality, AnyModality];
  const bytesOf = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  const shape = [3, 64, 64];
  const inJson: AnyModality = {
    ...image,
    codec: {
      reads: ["application/x-grey"],
      writes: "application/x-grey",
      extension: ".grey",
      decode: async (bytes) => {
        const { grey } = await JSON.parse(new TextDecoder().decode(bytes));
        if (typeof grey !== "number") throw new SyntaxError("Cannot read a picture: no grey");
        return tensor(shape, new Float32Array(3 * 64 * 64).fill(grey));
      },
      encode: (_, { description } = {}) => Promise.resolve(bytesOf({ description, grey: 0.5 })),
    },
  };
  const modalities = [text, inJson];
  const out = join(folder.path, "out");
  const made = await run(modalities, "generate", "a guitar", "--steps=1", "--seed=9", "--out", out);
  assertEquals(made.code, 0, made.reported);
  const seen = async (name: string, installed = modalities) => {
    const { printed, reported } = await run(installed, "inspect", join(out, name));
    return `${printed}${reported}`;
  };
  const sample = await seen("image.grey");
  assert(
    /image\.grey: image, .*, read as \[3, 64, 64\]\n +made from +"a guitar"\n/.test(sample),
    sample,
  );
  const record = await seen("run.json");
  assert(/run\.json: the record of a run, .*\n +made from +"a guitar"\n/.test(record), record);
  const recordText = await Deno.readTextFile(join(out, "run.json"));
  await Deno.writeTextFile(join(out, "indented.json"), `\n  ${recordText}`);
  assert((await seen("indented.json")).includes("the record of a run"));
  const foreign = await seen("image.grey", [text, image]);
  assert(/image\.grey: made by a run, .*; no installed plugin reads it\n/.test(foreign), foreign);
  await Deno.writeFile(join(out, "other.json"), bytesOf({ thing: "harp", strokes: [] }));
  assert(
    (await seen("other.json")).includes("holds no weights and no recipe, and no plugin reads"),
  );
  await Deno.writeFile(join(out, "served.json"), bytesOf({ codi: "0.1.0", request: {} }));
  assert((await seen("served.json")).includes("it tells of a run of the server"));
  const description = JSON.stringify({ codi: "0.1.0", request: {} });
  await Deno.writeFile(join(out, "served.grey"), bytesOf({ description, grey: 0.5 }));
  const served = await seen("served.grey");
  assert(/served\.grey: image, .*\n +no recipe +it tells of a run of/.test(served), served);
  await Deno.writeTextFile(join(out, "note.txt"), "[a guitar] {in blue}");
  assert(/note\.txt: text, /.test(await seen("note.txt")));
});

Deno.test("inspect tells a plugin's networks and a file's weights", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const weights = join(folder.path, "image.diffusion.safetensors");
  const plugin = JSON.parse((await run(modalities, "inspect", "image", "--json")).printed)[0];
  const file =
    JSON.parse((await run(modalities, "inspect", weights, "--json", "--tensors")).printed)[0];
  assertEquals([plugin.kind, plugin.name, plugin.latent], ["plugin", "image", [4, 8, 8]]);
  const diffusion = plugin.networks.find(({ label }: { label: string }) => label === "diffusion");
  assertEquals(diffusion.parameters, file.parameters);
  assertEquals(file.metadata.space, "band-1");
  const sum = file.tensors.reduce(
    (total: number, { parameters }: { parameters: number }) => total + parameters,
    0,
  );
  assertEquals(sum, file.parameters);
  assertEquals(file.dtypes, ["F32"]);
  const text = await run(modalities, "inspect", "text", weights);
  assert(/^text 0\.1\.0: a plugin, for prompts only\n/.test(text.printed), text.printed);
  assert(/\n\S+diffusion\.safetensors: weights, [\d.]+ k parameters\n/.test(text.printed));
});

Deno.test("inspect names what is wrong on one line", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const path = (name: string) => join(folder.path, name);
  await Deno.writeFile(path("noise.bin"), Uint8Array.from({ length: 50 }, (_, i) => i * 5));
  const weights = await Deno.readFile(path("image.diffusion.safetensors"));
  await Deno.writeFile(path("half.safetensors"), weights.subarray(0, weights.length / 2));
  const cases: [number, string[], RegExp][] = [
    [2, [], /^Cannot inspect nothing: name a file or a plugin, or write a sentence$/],
    [2, ["a", "--top=0"], /^Cannot use --top "0": it is a whole number from 1 to 100$/],
    [1, [path("none.png")], /^Cannot inspect ".*none.png": it is no file$/],
    [
      1,
      [path("noise.bin")],
      /^Cannot inspect ".*noise.bin": it holds no weights and no recipe, and/,
    ],
    [1, [path("half.safetensors")], /^Cannot inspect ".*half.safetensors": \S/],
    [1, ["audio"], /^Cannot inspect "audio": the plugin "@codi\/audio" is missing; add it with/],
    [1, ["a guitar", "--among", path("none")], /^Cannot compare with ".*none": it does not exist$/],
    [1, ["a", "--among", path("noise.bin")], /^Cannot compare with ".*bin": no plugin reads it$/],
  ];
  for (const [code, args, message] of cases) {
    const result = await run(modalities, "inspect", ...args);
    assertEquals(result.code, code, result.reported);
    assert(message.test(result.reported.trimEnd()), result.reported);
    assertEquals([result.printed, result.reported.trimEnd().split("\n").length], ["", 1]);
  }
});
