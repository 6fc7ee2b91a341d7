/** A model small enough to train in seconds goes through every stage and must beat chance clearly. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join, toFileUrl } from "@std/path";
import { bandDataset, heldOutColor, openArt, scene } from "@codi/band";
import { readColor } from "@codi/band/readers";
import { load } from "@codi/core";
import { openDevice } from "@codi/core/runtime";
import type { Tensor } from "@codi/core/tensor";
import { type Objective, type PartPath, runObjective } from "@codi/core/training";
import { createImage } from "@codi/image";
import {
  autoencodeImage,
  denoiseImage,
  embedPicture,
  type ImageConfig,
} from "@codi/image/training";
import { createText } from "@codi/text";
import { alignText, type TextConfig } from "@codi/text/training";

const THINGS = ["guitar", "bell"] as const;
const COLORS = ["red", "green", "blue"] as const;
const scenes = {
  things: THINGS,
  styles: ["noto", "twemoji"],
  colors: COLORS,
  size: 512,
} as const;
const textConfig: TextConfig = { wordWidth: 32, width: 32, blocks: 1 };
const imageConfig: ImageConfig = {
  latentSide: 8,
  latentChannels: 4,
  autoencoder: { width: 32, encoderBlocks: 1, decoderBlocks: 1, fineWidth: 16 },
  promptWidths: [16, 24, 32],
  unet: {
    widths: [48],
    attention: [true],
    depth: 1,
    patch: 1,
    heads: 4,
    timeWidth: 64,
    contextTokens: 4,
    contextWidth: 32,
  },
};

/** Distance between pictures, pixel by pixel. */
function distance(a: Tensor, b: Tensor): number {
  let total = 0;
  for (let i = 0; i < a.data.length; i++) total += (a.data[i]! - b.data[i]!) ** 2;
  return total / a.data.length;
}

Deno.test("a small model learns every stage, from data to sampling", async () => {
  const directory = await Deno.makeTempDir({ prefix: "codi-small-" });
  try {
    const locate = (part: PartPath) => join(directory, `${part.replace("/", ".")}.safetensors`);
    const url = (part: PartPath) => toFileUrl(locate(part));
    const text = createText(textConfig, { promptEncoder: url("text/promptEncoder") });
    const image = createImage(imageConfig, {
      promptEncoder: url("image/promptEncoder"),
      autoencoder: url("image/autoencoder"),
      diffusion: url("image/diffusion"),
    });
    const art = await openArt({ things: THINGS, styles: scenes.styles });
    const dataset = bandDataset(art, scenes);
    const stages: [Objective, number, number][] = [
      [autoencodeImage(imageConfig), 200, 4e-3],
      [alignText({ modality: image, embed: embedPicture(imageConfig) }, textConfig), 90, 3e-3],
      [denoiseImage(text, imageConfig), 400, 4e-3],
    ];
    {
      await using device = openDevice();
      for (const [objective, steps, learningRate] of stages) {
        let seen = 0;
        const losses: number[] = [];
        const { files, finished } = await runObjective(objective, {
          dataset,
          device,
          locate,
          directory: join(directory, objective.name.replaceAll(/\W+/g, "-")),
          now: () => performance.now(),
          steps,
          learningRate,
          warmup: 20,
          averageDecay: 0.98,
          logEvery: 20,
          onEvent: ({ metrics }) => {
            seen++;
            losses.push(metrics["loss"]!);
          },
        });
        assert(finished && seen > 0);
        assert(
          losses.at(-1)! < 0.8 * losses[0]!,
          `${objective.name} went from ${losses[0]} to ${losses.at(-1)}`,
        );
        for (const [part, path] of Object.entries(files)) {
          await Deno.copyFile(path, fromFileUrl(url(part as PartPath)));
        }
      }
    }

    await using codi = await load([text, image]);
    // Alignment: a sentence is nearer to its own picture than to that of another thing.
    let aligned = 0;
    for (let index = 0; index < 8; index++) {
      const { thing } = scene("test", index, scenes);
      const other = THINGS.find((name) => name !== thing)!;
      const picture = image.prompt(await dataset.sample("image", "train", index) as Tensor);
      const drawn = scene("train", index, scenes).thing;
      const right = await codi.similarity(text.prompt(`a ${drawn}`), picture);
      const wrong = await codi.similarity(
        text.prompt(`a ${drawn === thing ? other : thing}`),
        picture,
      );
      if (right > wrong) aligned++;
    }
    assert(aligned >= 7, `only ${aligned} of 8 pictures are nearer to their own thing`);

    // Generation: things by the nearest real picture, colours by the border.
    const real = await Promise.all(
      Array.from(
        { length: 256 },
        (_, index) => dataset.sample("image", "train", index) as Promise<Tensor>,
      ),
    );
    let things = 0;
    let colors = 0;
    let total = 0;
    for (const thing of THINGS) {
      for (const color of COLORS) {
        if (heldOutColor(thing) === color) continue; // two things are too few to learn to compose
        const samples = await codi.generateBatch({
          prompts: [text.prompt(`a ${thing} on a ${color} background`)],
          to: ["image"],
          seed: 1,
          count: 8,
          steps: 10,
          guidance: 4,
        });
        for (const { image: picture } of samples) {
          const nearest = real.map((other, index) => ({ index, gap: distance(picture, other) }))
            .sort((a, b) => a.gap - b.gap)[0]!;
          if (scene("train", nearest.index, scenes).thing === thing) things++;
          if (readColor(picture).color === color) colors++;
          total++;
        }
      }
    }
    assert(things >= 0.8 * total, `${things} of ${total} pictures show the thing asked for`);
    assert(colors >= 0.8 * total, `${colors} of ${total} pictures have the colour asked for`);

    // A sample does not depend on what is made beside it.
    const request = { prompts: [text.prompt("a bell")], to: ["image"] as const, seed: 5, steps: 4 };
    const together = await codi.generateBatch({ ...request, to: ["image"], count: 3 });
    const alone = await codi.generateBatch({ ...request, to: ["image"], count: 1, first: 2 });
    assert(distance(together[2]!.image, alone[0]!.image) < 1e-6);
    assertEquals((await codi.notices([text.prompt("a gitar")])).length, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
