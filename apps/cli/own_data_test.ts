/** A user's folder, from `train --data` to `generate`: docs/own_data.md as a test. */

import { assert, assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import type { AnyModality } from "@codi/core/modality";
import { readWeights } from "@codi/core/weights";
import type { Objective } from "@codi/core/training";
import { createImage, image } from "@codi/image";
import { autoencodeImage, denoiseImage, embedPicture, IMAGE_CONFIG } from "@codi/image/training";
import { createText, text } from "@codi/text";
import { alignText, TEXT_CONFIG } from "@codi/text/training";
import sharp from "sharp";
import { imageConfig, type Ran, runOne, testFolder, textConfig } from "./_testing.ts";
import { generate } from "./generate/generate.ts";
import { train } from "./train/train.ts";

/** Flat pictures with captions: eight colours, three shapes. */
async function writeShapes(folder: string): Promise<void> {
  await Deno.mkdir(folder);
  const colors = ["crimson", "orange", "gold", "olive", "teal", "navy", "purple", "black"];
  const shapes = {
    circle: '<circle cx="32" cy="32" r="20"/>',
    square: '<rect x="14" y="14" width="36" height="36"/>',
    triangle: '<path d="M32 10 54 52H10z"/>',
  };
  for (const color of colors) {
    for (const [shape, path] of Object.entries(shapes)) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" fill="${color}">
        <rect width="64" height="64" fill="white"/>${path}</svg>`;
      const file = join(folder, `${color}_${shape}`);
      await Deno.writeFile(
        `${file}.png`,
        await sharp(new TextEncoder().encode(svg)).png().toBuffer(),
      );
      await Deno.writeTextFile(`${file}.txt`, `a ${color} ${shape}\na ${shape} in ${color}\n`);
    }
  }
}

/** The command line with given modalities and objectives. */
function commandLine(
  modalities: readonly AnyModality[],
  objectives: readonly Objective[],
): (...args: string[]) => Promise<Ran> {
  const openDataset = () => Promise.reject(new Error("the embedded data set was opened"));
  return (...args) =>
    runOne({
      train: (rest, given) => train(rest, given, { modalities, objectives, openDataset }),
      generate: (rest, given) => generate(rest, given, modalities),
    }, [...args, "--threads=1"]);
}

Deno.test("a folder becomes pictures, from nothing", async () => {
  await using folder = await testFolder();
  const path = (...names: string[]) => join(folder.path, ...names);
  const url = (name: string) => toFileUrl(path(`${name}.safetensors`));
  await writeShapes(path("shapes"));
  const own = createText(textConfig, { promptEncoder: url("text.promptEncoder") });
  const pictures = createImage(imageConfig, {
    promptEncoder: url("image.promptEncoder"),
    autoencoder: url("image.autoencoder"),
    diffusion: url("image.diffusion"),
  });
  const run = commandLine([own, pictures], [
    autoencodeImage(imageConfig),
    alignText({ modality: pictures, embed: embedPicture(imageConfig) }, textConfig),
    denoiseImage(own, imageConfig),
  ]);
  const trained = await run(
    ...["train", "all", "--data", path("shapes"), "--steps=3", "--dir", path("runs"), "--install"],
  );
  assertEquals(trained.code, 0, trained.reported);
  assert(trained.reported.startsWith(`${path("shapes")}: 24 samples with 48 captions\n`));
  assertEquals(trained.reported.split("Finished\n").length, 4, trained.reported);

  const out = path("out");
  const made = await run("generate", "a teal square", "--steps=2", "--seed=1", "--out", out);
  assertEquals([made.code, made.reported], [0, ""], "its words are known now");
  const first = await Deno.readFile(path("out", "image.png"));
  assertEquals((await sharp(first).metadata()).width, 64);
  const unknown = await run("generate", "a guitar", "--steps=1", "--seed=1", "--out", out);
  assert(/^Note: The word "guitar" was not in the training captions/.test(unknown.reported));
  // The folder's own runs count as done.
  const again = await run(
    "train",
    "all",
    "--data",
    path("shapes"),
    "--steps=3",
    "--dir",
    path("runs"),
  );
  assertEquals(again.reported.split("it is done").length, 4, again.reported);
});

Deno.test("a folder becomes pictures, going on from the shipped weights", async () => {
  await using folder = await testFolder();
  const path = (...names: string[]) => join(folder.path, ...names);
  await writeShapes(path("shapes"));
  // Copies, as --install replaces them.
  const copied = async (modality: AnyModality) => {
    const urls: Record<string, URL> = {};
    for (const [part, source] of Object.entries(modality.weights) as [string, URL][]) {
      const target = path(`${modality.name}.${part}.safetensors`);
      await Deno.copyFile(source, target);
      urls[part] = toFileUrl(target);
    }
    return urls;
  };
  const own = createText(TEXT_CONFIG, await copied(text));
  const pictures = createImage(IMAGE_CONFIG, await copied(image));
  const run = commandLine([own, pictures], [
    alignText({ modality: pictures, embed: embedPicture() }),
    denoiseImage(own),
  ]);
  const shipped = await readWeights(path("image.diffusion.safetensors"));
  const how = ["--data", path("shapes"), "--from", "installed", "--steps=1", "--install"];
  for (const objective of [["align", "text+image"], ["denoise", "image"]]) {
    const dir = path(objective[0]!);
    const { code, reported } = await run("train", ...objective, ...how, "--dir", dir);
    assertEquals(code, 0, reported);
  }
  const { metadata } = await readWeights(path("text.promptEncoder.safetensors"));
  const words = metadata["vocabulary"]!.split(" ");
  assert(words.includes("teal") && words.includes("square"), "the folder's words are known");
  const now = await readWeights(path("image.diffusion.safetensors"));
  const far = Object.entries(now.tensors).map(([name, { data }]) => {
    const before = shipped.tensors[name]!.data;
    return data.reduce((most, value, i) => Math.max(most, Math.abs(value - before[i]!)), 0);
  });
  const moved = Math.max(...far);
  assert(moved > 0 && moved < 0.1, `went on from the shipped weights: ${moved}`);

  const made = await run(
    "generate",
    "a teal square",
    "--steps=2",
    "--seed=1",
    "--out",
    path("out"),
  );
  assertEquals([made.code, made.reported], [0, ""]);
  assertEquals((await sharp(await Deno.readFile(path("out", "image.png"))).metadata()).width, 64);
});
