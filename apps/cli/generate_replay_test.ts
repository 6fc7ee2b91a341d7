import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { AnyModality } from "@codi/core/modality";
import sharp from "sharp";
import { namesIn, type Ran, randomModalities, runOne, testFolder } from "./_testing.ts";
import type { CommandContext } from "./command.ts";
import { findRecipe } from "./generate/find_recipe.ts";
import { generate } from "./generate/generate.ts";
import { recipeText, type RunRecord } from "./generate/run_record.ts";

function run(
  modalities: readonly AnyModality[],
  args: readonly string[],
  given: Partial<CommandContext> = {},
): Promise<Ran> {
  const commands: Parameters<typeof runOne>[0] = {
    generate: (rest, context) => generate(rest, context, modalities),
  };
  return runOne(commands, ["generate", ...args], given);
}

/** Standard input: what it gives is gone afterwards. */
function inputOnce(bytes: Uint8Array<ArrayBuffer>): CommandContext["readInput"] {
  let rest = bytes;
  return () => {
    const read = rest;
    rest = new Uint8Array();
    return Promise.resolve(read);
  };
}

async function readRun(folder: string): Promise<RunRecord> {
  return JSON.parse(await Deno.readTextFile(join(folder, "run.json")));
}

Deno.test("generate --replay makes the same bytes from run.json and from a picture", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const path = (name: string) => join(folder.path, name);
  const create = { width: 9, height: 9, channels: 3, background: "#f8e682" } as const;
  await Deno.writeFile(path("yellow.png"), await sharp({ create }).png().toBuffer());
  const args = [
    "a “guitar” {",
    "--weight=2",
    "--image",
    path("yellow.png"),
    "--negative",
    "a drum",
  ];
  const how = [
    "--steps=2",
    "--threads=1",
    "--sampler=ddpm",
    "--guidance=2",
    "--count=10",
    "--mixing=sum",
  ];
  const out = path("out");
  assertEquals((await run(modalities, [...args, ...how, "--out", out])).code, 0);

  // The prompt's file is found by name and content beside the record, or is given.
  const lost = await run(modalities, ["--replay", join(out, "run.json"), "--out", path("lost")]);
  assertEquals(lost.code, 1);
  assertEquals(
    lost.reported,
    `Cannot replay "${out}/run.json": the image "yellow.png" that it was made from is not beside it; give the file with --image FILE\n`,
  );
  const given = ["--replay", join(out, "run.json"), "--image", path("yellow.png")];
  const all = await run(modalities, [...given, "--out", path("all")]);
  assertEquals(all.code, 0, all.reported);
  assertEquals(all.reported, "All 10 files have the bytes of the recorded run\n");
  for (const name of await namesIn(out)) {
    assertEquals(
      await Deno.readFile(join(path("all"), name)),
      await Deno.readFile(join(out, name)),
    );
  }

  const piped = ["--replay", join(out, "run.json"), "--image", "-", "--out", path("piped")];
  const readInput = inputOnce(await Deno.readFile(path("yellow.png")));
  const fromInput = await run(modalities, piped, { readInput });
  assertEquals(fromInput.reported, "All 10 files have the bytes of the recorded run\n");

  await Deno.copyFile(path("yellow.png"), join(out, "yellow.png"));
  const one = await run(modalities, ["--replay", join(out, "image-9.png"), "--out", path("one")]);
  assertEquals([one.code, one.reported], [0, ""]);
  assertEquals(await namesIn(path("one")), ["image-9.png", "run.json"]);
  assertEquals(
    await Deno.readFile(path("one/image-9.png")),
    await Deno.readFile(join(out, "image-9.png")),
  );
  assertEquals((await readRun(path("one"))).finished, 1);
  assertEquals((await readRun(path("one"))).mixing, "sum");

  // Other weights are told, and so are other bytes.
  const weights = path("image.diffusion.safetensors");
  const bytes = await Deno.readFile(weights);
  bytes[bytes.length - 3]! ^= 1;
  await Deno.writeFile(weights, bytes);
  const other = await run(modalities, ["--replay", join(out, "run.json"), "--out", path("other")]);
  assertEquals(other.code, 0);
  assert(
    other.reported.startsWith(
      "Note: The weights of image/diffusion are others\nNot the bytes of the recorded run: image-1",
    ),
    other.reported,
  );
});

Deno.test("generate --replay names what it cannot follow", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const path = (name: string) => join(folder.path, name);
  const out = path("out");
  const made = ["a guitar", "--steps=1", "--threads=1", "--out", out];
  assertEquals((await run(modalities, made)).code, 0);
  const record = await readRun(out);
  const write = (name: string, value: unknown) =>
    Deno.writeTextFile(path(name), typeof value === "string" ? value : JSON.stringify(value));
  await write("none.json", { seed: 1 });
  await write("broken.json", '{"codi":"0.1.0","to":[');
  await write("steps.json", { ...record, steps: "many" });
  await write("sampler.json", { ...record, sampler: "plms" });
  await write("smell.json", { ...record, to: ["smell"] });
  await write("later.json", { ...record, sample: 3 });
  const prompt = { modality: "image", sha256: "0".repeat(64), weight: 1, negative: false };
  await write("endless.json", { ...record, prompts: [{ ...prompt, file: "/dev/zero" }] });
  await write("folder.json", { ...record, prompts: [{ ...prompt, file: "/dev" }] });
  const cases: [number, string[], RegExp][] = [
    [1, ["none.json"], /^Cannot replay ".*none.json": it holds no recipe; a run.json does/],
    [1, ["broken.json"], /^Cannot replay ".*broken.json": it holds no recipe/],
    [1, ["steps.json"], /^Cannot replay ".*": its recipe does not say "steps" as it should: /],
    [1, ["sampler.json"], /^Cannot replay ".*": there is no sampler "plms"$/],
    [1, ["smell.json"], /^Cannot find modality "smell": installed are "text", "image"; a/],
    [1, ["later.json"], /^Cannot replay ".*": its recipe is of 1 samples, but tells of later/],
    [1, ["endless.json"], /^Cannot replay ".*": the image "\/dev\/zero" that it was made from/],
    [1, ["folder.json"], /^Cannot replay ".*": the image "\/dev" that it was made from is not/],
    [1, ["missing.json"], /^Cannot replay ".*missing.json": it does not exist$/],
    [2, ["none.json", "--steps", "3"], /^Cannot use "--steps" with --replay: the recipe says/],
    [2, ["none.json", "a drum"], /^Cannot use "a drum" with --replay: the recipe says/],
    [2, ["none.json", "--text", "a drum"], /^Cannot use "--text" with --replay/],
  ];
  for (const [code, [name, ...rest], message] of cases) {
    const { reported, code: actual } = await run(modalities, ["--replay", path(name!), ...rest]);
    assertEquals(actual, code, reported);
    assert(message.test(reported.trimEnd()), reported);
  }
});

Deno.test("findRecipe() finds recipes between other bytes, whatever their texts hold", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const prompt = 'a "guitar\\" } in {"codi":"';
  const made = [prompt, "--steps=1", "--threads=1", "--out", folder.path];
  assertEquals((await run(modalities, made)).code, 0);
  const found = findRecipe(await Deno.readFile(join(folder.path, "image.png")));
  assertEquals(found?.recipe.prompts.map(({ text }) => text), [prompt]);
  assertEquals(found?.samples, [0]);
  const description = recipeText(found!.recipe, 0);
  const wrapped = new TextEncoder().encode(JSON.stringify({ description, values: [1] }));
  assertEquals(findRecipe(wrapped)?.recipe, found!.recipe);
  assertEquals(findRecipe(new Uint8Array(100)), undefined);
});
