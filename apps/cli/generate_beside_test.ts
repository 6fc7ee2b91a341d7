import { assert, assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { type AnyModality, defineModality, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { writeWeights } from "@codi/core/weights";
import sharp from "sharp";
import { type Ran, randomModalities, runOne, testFolder } from "./_testing.ts";
import { generate } from "./generate/generate.ts";
import type { RunRecord } from "./generate/run_record.ts";
import { sha256 } from "./sha256.ts";

/** Text, pictures that hear others, and sketches, which are pictures by another name. */
async function hearingModalities(folder: string): Promise<AnyModality[]> {
  const [text, image] = await randomModalities(folder) as [AnyModality, AnyModality];
  const scope = new Scope();
  traceNetwork(image.environment!.encoder, scope, 1);
  traceNetwork(image.environment!.joint, scope, 1);
  const own = new Scope();
  traceNetwork(image.diffusion!.network, own, 1);
  const weights = scope.initialWeights(3);
  for (const [name, { data }] of Object.entries(weights)) {
    if (Object.hasOwn(own.shapes(), name)) delete weights[name];
    else if (data.every((value) => value === 0)) data.forEach((_, i) => data[i] = Math.sin(i + 1));
  }
  const path = join(folder, "image.environment.safetensors");
  await writeWeights(path, weights, { metadata: { space: image.space } });
  const spec = { ...image, weights: { ...image.weights, environment: toFileUrl(path) } };
  return [text, defineModality(spec), defineModality({ ...spec, name: "sketch" })];
}

function run(modalities: readonly AnyModality[], ...args: string[]): Promise<Ran> {
  const threads = args.includes("--replay") ? [] : ["--threads=1"];
  return runOne({
    generate: (rest, given) => generate(rest, given, modalities),
  }, ["generate", ...args, ...threads]);
}

Deno.test("generate follows samples and keeps parts of them, and replays that", async () => {
  await using folder = await testFolder();
  const modalities = await hearingModalities(folder.path);
  const path = (...names: string[]) => join(folder.path, ...names);
  const colors = { "yellow.png": "#f8e682", "b@d.png": "#2040c0" };
  for (const [name, background] of Object.entries(colors)) {
    const create = { width: 64, height: 64, channels: 3, background } as const;
    await Deno.writeFile(path(name), await sharp({ create }).png().toBuffer());
  }
  const left = { create: { width: 32, height: 64, channels: 3, background: "#fff" } } as const;
  const black = { create: { ...left.create, width: 64, background: "#000" } } as const;
  const mask = sharp(black).composite([{ input: left, left: 0, top: 0 }]);
  await Deno.writeFile(path("left.png"), await mask.png().toBuffer());
  const how = ["--steps=2", "--seed=1"];
  const follow = ["--follow", `sketch=${path("yellow.png")}`];
  const keep = ["--keep", `image=${path("b@d.png")}@0,0,32,64`];
  const variants: Readonly<Record<string, readonly string[]>> = {
    plain: ["a drum", "--to=image"],
    followed: ["a drum", ...follow],
    loud: ["a drum", ...follow, "--environment=7"],
    kept: ["a drum", ...keep],
    masked: ["a drum", "--keep", `image=${path("b@d.png")}@${path("left.png")}`],
    both: [...follow, ...keep],
    joint: ["a drum", "--to=image,sketch"],
    apart: ["a drum", "--to=image,sketch", "--environment=0"],
  };
  const digests: Record<string, string> = {};
  for (const [name, args] of Object.entries(variants)) {
    const { code, reported } = await run(modalities, ...args, ...how, "--out", path(name));
    assertEquals([code, reported], [0, ""], name);
    digests[name] = await decodedDigest(path(name, "image.png"));
  }
  assertEquals(digests["apart"], digests["plain"], "--environment 0 makes each by itself");
  assertEquals(digests["masked"], digests["kept"], "a mask of the same part");
  assertEquals(new Set(Object.values(digests)).size, Object.keys(variants).length - 2);

  const record: RunRecord = JSON.parse(await Deno.readTextFile(path("both", "run.json")));
  assertEquals(record.follow, {
    sketch: {
      file: "yellow.png",
      sha256: await sha256(await Deno.readFile(path("yellow.png"))),
    },
  });
  assert("region" in record.keep["image"]! && record.keep["image"].region === "0,0,32,64");
  assertEquals(record.environment, { image: modalities[1]!.environment!.guidance });
  assert(Object.hasOwn(record.weights, "sketch/environment"), Object.keys(record.weights).join());

  const given = ["--image", path("yellow.png"), "--image", path("b@d.png")];
  const replay = ["--replay", path("both", "image.png"), ...given, "--out", path("again")];
  const again = await run(modalities, ...replay);
  assertEquals([again.code, again.reported], [0, ""]);
  assertEquals(
    await Deno.readFile(path("again", "image.png")),
    await Deno.readFile(path("both", "image.png")),
  );

  const masked: RunRecord = JSON.parse(await Deno.readTextFile(path("masked", "run.json")));
  assertEquals(masked.keep["image"], {
    file: "b@d.png",
    sha256: await sha256(await Deno.readFile(path("b@d.png"))),
    mask: { file: "left.png", sha256: await sha256(await Deno.readFile(path("left.png"))) },
  });
  const replayed = (...files: string[]) =>
    run(modalities, "--replay", path("masked", "run.json"), ...files, "--out", path("once more"));
  const [picture, part] = ["b@d.png", "left.png"].map((name) => ["--image", path(name)]);
  const lacking = await replayed(...picture!);
  assertEquals(lacking.code, 1);
  assert(lacking.reported.includes('the mask "left.png" that it was made from is not beside it'));
  const masks = await replayed(...picture!, ...part!);
  assertEquals(masks.reported, "The file has the bytes of the recorded run\n");
  assertEquals(
    await Deno.readFile(path("once more", "image.png")),
    await Deno.readFile(path("masked", "image.png")),
  );
});

Deno.test("generate takes scales for all outputs, or for each, and replays them", async () => {
  await using folder = await testFolder();
  const modalities = await hearingModalities(folder.path);
  const path = (...names: string[]) => join(folder.path, ...names);
  const variants: Readonly<Record<string, readonly string[]>> = {
    shipped: [],
    apart: ["--environment=0"],
    "image apart": ["--environment=image=0"],
    "all named": ["--environment=image=0,sketch=0"],
    "named one by one": ["--environment", "image=0", "--environment", "sketch=0"],
    guided: ["--environment=0", "--guidance=1"],
    "image guided": ["--environment=0", "--guidance", "image=1"],
    tried: ["--environment=0", "--candidates=3"],
    "image tried": ["--environment=0", "--candidates", "image=3,sketch=1"],
    "tried together": ["--candidates=image=3"],
    "as many as usual": ["--candidates=image=1"],
  };
  const images: Record<string, string> = {};
  const sketches: Record<string, string> = {};
  const record = async (name: string): Promise<RunRecord> =>
    JSON.parse(await Deno.readTextFile(path(name, "run.json")));
  for (const [name, scales] of Object.entries(variants)) {
    const one = scales.some((scale) => scale.startsWith("--candidates")) ? [] : ["--candidates=1"];
    const how = ["--to=image,sketch", "--steps=2", "--seed=1", "--out", path(name), ...one];
    const { code, reported } = await run(modalities, "a drum", ...how, ...scales);
    assertEquals([code, reported], [0, ""], name);
    images[name] = await decodedDigest(path(name, "image.png"));
    sketches[name] = await decodedDigest(path(name, "sketch.png"));
  }
  const { environment, diffusion } = modalities[1]!;
  const [heed, follow] = [environment!.guidance, diffusion!.guidance];
  assertEquals((await record("image apart")).environment, { image: 0, sketch: heed });
  assertEquals((await record("image guided")).guidance, { image: 1, sketch: follow });
  assertEquals(images["image apart"], images["apart"], "it heeds nothing");
  assert(images["apart"] !== images["shipped"]);
  assert(
    new Set([sketches["image apart"], sketches["apart"], sketches["shipped"]]).size === 3,
    "the sketch still heeds a picture, which is another one",
  );
  for (const same of ["all named", "named one by one"]) {
    assertEquals([images[same], sketches[same]], [images["apart"], sketches["apart"]], same);
  }
  assertEquals(
    [images["image guided"], sketches["image guided"]],
    [images["guided"], sketches["apart"]],
  );
  assert(images["guided"] !== images["apart"] && sketches["guided"] !== sketches["apart"]);

  assertEquals((await record("as many as usual")).candidates, { image: 1, sketch: 1 });
  assertEquals(images["as many as usual"], images["shipped"], "what hears others tries one");
  assertEquals((await record("image tried")).candidates, { image: 3, sketch: 1 });
  assertEquals((await record("tried together")).candidates, { image: 3, sketch: 3 });
  assertEquals(
    [images["image tried"], sketches["image tried"]],
    [images["tried"], sketches["apart"]],
  );
  assert(images["tried"] !== images["apart"] || sketches["tried"] !== sketches["apart"]);
  const { candidates: _, ...earlier } = await record("image apart");
  await Deno.mkdir(path("earlier"));
  await Deno.writeTextFile(path("earlier", "run.json"), JSON.stringify(earlier));

  for (const name of ["image apart", "image guided", "image tried", "tried together", "earlier"]) {
    const replay = ["--replay", path(name, "run.json"), "--out", path("again")];
    const again = await run(modalities, ...replay);
    assertEquals(
      [again.code, again.reported],
      [0, "All 2 files have the bytes of the recorded run\n"],
      name,
    );
  }
});

Deno.test("generate names what is no scale", async () => {
  await using folder = await testFolder();
  const modalities = await hearingModalities(folder.path);
  const cases: [string[], string][] = [
    [["-1"], '"-1": it is a number from 0 to 50, or an output\'s own, as in image=4'],
    [["image=51"], '"image=51": it takes a number from 0 to 50'],
    [["image="], '"image=": it takes a number from 0 to 50'],
    [["image=3,"], '"": it is a number from 0 to 50, or an output\'s own, as in image=4'],
    [["3,sketch=2"], '"3": a number without a name is for all outputs, so it stands alone'],
    [["3", "4"], '"3": a number without a name is for all outputs, so it stands alone'],
    [["image=3,image=4"], '"image=4": image has its number already'],
    [["smell=3"], '"smell=3": it begins with image or sketch, as in image=4'],
    [["sketch=3"], '"sketch=3": sketch is not among the outputs; add it to --to'],
    [
      ["audio=3"],
      '"audio=3": the plugin "@codi/audio" is missing; add it with "deno task plugin add @codi/audio"',
    ],
  ];
  for (const option of ["environment", "guidance"]) {
    for (const [values, message] of cases) {
      const scales = values.map((value) => `--${option}=${value}`);
      const { code, reported } = await run(modalities, "a drum", ...scales);
      assertEquals([code, reported], [2, `Cannot use --${option} ${message}\n`]);
    }
  }
});

Deno.test("generate names what is no number of candidates", async () => {
  await using folder = await testFolder();
  const modalities = await hearingModalities(folder.path);
  for (
    const [value, message] of [
      ["0", '"0": it is a whole number from 1 to 64, or an output\'s own, as in image=4'],
      ["1.5", '"1.5": it is a whole number from 1 to 64, or an output\'s own, as in image=4'],
      ["image=65", '"image=65": it takes a whole number from 1 to 64'],
      ["sketch=2", '"sketch=2": sketch is not among the outputs; add it to --to'],
    ] as const
  ) {
    const { code, reported } = await run(modalities, "a drum", `--candidates=${value}`);
    assertEquals([code, reported], [2, `Cannot use --candidates ${message}\n`]);
  }
});

/** The SHA-256 of a picture's pixels: without the recipe, which differs anyway. */
async function decodedDigest(path: string): Promise<string> {
  return await sha256(new Uint8Array(await sharp(path).raw().toBuffer()));
}

Deno.test("generate names what it cannot follow or keep", async () => {
  await using folder = await testFolder();
  const modalities = await hearingModalities(folder.path);
  const none = join(folder.path, "none.png");
  const [square, wide] = [[64, 64], [80, 40]] as const;
  const paths: string[] = [];
  for (const [width, height] of [square, wide]) {
    const path = join(folder.path, `${width}.png`);
    const create = { width, height, channels: 3, background: "#000" } as const;
    await Deno.writeFile(path, await sharp({ create }).png().toBuffer());
    paths.push(path);
  }
  const [picture, banner] = paths;
  const cases: [number, string[], RegExp][] = [
    [2, ["--follow", "sketch"], /^Cannot use --follow "sketch": it takes a modality and a file/],
    [2, ["--follow", "smell=a"], /^Cannot use --follow "smell=a": it begins with image or sketch/],
    [2, ["--follow", "audio=a"], /^Cannot use --follow "audio=a": the plugin "@codi\/audio" is/],
    [
      2,
      ["--follow", "image=a", "--to=image"],
      /^Cannot use --follow "image=a": image is generated/,
    ],
    [2, ["--follow=sketch=a", "--follow=sketch=b"], /"sketch=b": one sketch is followed already$/],
    [2, ["--keep", "image=a.png"], /^Cannot use --keep "image=a.png": it takes an output, a file/],
    [2, ["--keep", "image=a@0-1", "--to", "sketch"], /image is not among the outputs; add it to/],
    [1, ["--follow", `sketch=${none}`], /^Cannot read the sketch ".*none.png": it does not exist$/],
    [1, ["--keep", `image=${none}@0,0,8,8`], /^Cannot read the image ".*none.png": it does not/],
    [1, ["--keep", `image=${picture}@${none}`], /^Cannot read the mask ".*none.png": it does not/],
    [
      1,
      ["--keep", `image=${picture}@${banner}`],
      /^Cannot read the mask ".*80.png": it has 80×40 pixels and the picture 64×64; make it 64×64/,
    ],
    [
      1,
      ["--keep", `image=${picture}@${picture}`],
      /^Cannot keep what the mask marks: it is nothing/,
    ],
    [1, ["--keep", `image=${picture}@0,0,99,9`], /^Cannot read the region "0,0,99,9": it is left,/],
    [2, ["--keep", "image=-@-"], /^Cannot read standard input twice: give "-" once$/],
    [2, ["-", "--follow", "sketch=-", "--to", "image"], /^Cannot read standard input twice/],
  ];
  for (const [code, args, message] of cases) {
    const result = await run(modalities, ...args, "--steps=1", "--out", join(folder.path, "out"));
    assertEquals(result.code, code, result.reported);
    assert(message.test(result.reported.trimEnd()), result.reported);
    assertEquals(result.reported.trimEnd().split("\n").length, 1, result.reported);
  }
});
