import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { drawImage, openArt, scene } from "@codi/band";
import { openDevice } from "@codi/core/runtime";
import { runObjective } from "@codi/core/training";
import { readWeights } from "@codi/core/weights";
import { image } from "@codi/image";
import { autoencodeImage, type ImageConfig } from "@codi/image/training";
import { text } from "@codi/text";
import { testFolder } from "./_testing.ts";
import { openFolder } from "./mod.ts";

const config: ImageConfig = {
  latentSide: 8,
  latentChannels: 2,
  autoencoder: { width: 8, encoderBlocks: 1, decoderBlocks: 1, fineWidth: 8 },
  promptWidths: [8, 8, 8],
  unet: {
    widths: [8],
    attention: [true],
    depth: 1,
    patch: 2,
    heads: 2,
    timeWidth: 8,
    contextTokens: 2,
    contextWidth: 8,
  },
};

Deno.test("openFolder() feeds an objective from eight pictures with captions", async () => {
  await using folder = await testFolder();
  const art = await openArt({ things: ["bell"], styles: ["noto"] });
  for (let i = 0; i < 8; i++) {
    const picture = drawImage(scene("train", i, { things: ["bell"], styles: ["noto"] }), art);
    await folder.write({
      [`${i}.png`]: await image.codec.encode(picture),
      [`${i}.txt`]: `a bell, number ${i}`,
    });
  }
  await using directory = await testFolder();
  await using device = openDevice({ threads: 1 });
  const { dataset, report } = await openFolder(folder.path, [text, image]);
  assertEquals(report.skipped, []);
  const losses: number[] = [];
  const { finished, files } = await runObjective(autoencodeImage(config), {
    dataset: dataset.for(["image"]),
    directory: directory.path,
    device,
    session: { threads: 1 },
    now: () => 0,
    steps: 3,
    logEvery: 1,
    locate: (part) => join(directory.path, part),
    onEvent: ({ metrics }) => void losses.push(metrics["loss"]!),
  });
  assertEquals([finished, losses.length], [true, 3]);
  assert(losses.every(Number.isFinite) && losses[2]! < losses[0]!, losses.join());
  const { metadata, tensors } = await readWeights(files["image/autoencoder"]!);
  assertEquals([metadata["dataset"], metadata["steps"]], [dataset.for(["image"]).name, "3"]);
  assert(tensors["latent.mean"]!.data.some((value) => value !== 0), "measured on the folder");
});
