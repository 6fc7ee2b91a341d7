/** Text and images together, small and with random weights: from a sentence or a picture to a file. */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Codi, load } from "@codi/core";
import type { Network } from "@codi/core/modality";
import { type Tensor, tensor } from "@codi/core/tensor";
import { writeWeights } from "@codi/core/weights";
import { createText } from "@codi/text";
import { join, toFileUrl } from "@std/path";
import { noisePicture, randomWeights, SMALL } from "./_testing.ts";
import { createImage } from "./mod.ts";

/** Runs a test with both modalities, whose weights are in a folder of its own. */
async function withModalities(
  test: (given: {
    readonly text: ReturnType<typeof createText>;
    readonly image: ReturnType<typeof createImage>;
    readonly codi: Codi<ReturnType<typeof createText> | ReturnType<typeof createImage>>;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "codi-image-" });
  try {
    const path = (name: string) => join(folder, `${name}.safetensors`);
    const url = (name: string) => toFileUrl(path(name));
    const text = createText({ wordWidth: 8, width: 8, blocks: 1 }, { promptEncoder: url("text") });
    const image = createImage(SMALL, {
      promptEncoder: url("prompt"),
      autoencoder: url("autoencoder"),
      diffusion: url("diffusion"),
    });
    const write = (name: string, ...networks: Network[]) =>
      writeWeights(path(name), randomWeights(...networks), {
        metadata: { space: "band-1", vocabulary: "a guitar" },
      });
    await write("text", text.promptEncoder.network);
    await write("prompt", image.promptEncoder.network);
    await write("autoencoder", image.autoencoder!.encoder, image.autoencoder!.decoder);
    await write("diffusion", image.diffusion!.network);
    await using codi = await load([text, image], { session: { threads: 1 } });
    await test({ text, image, codi });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function gap(a: Tensor, b: Tensor): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

Deno.test("a sentence and a picture become a picture, the same in every batch", () =>
  withModalities(async ({ text, image, codi }) => {
    const request = {
      prompts: [text.prompt("a guitar"), image.prompt(noisePicture(1), { weight: 0.5 })],
      to: ["image"] as const,
      steps: 3,
      seed: 5,
    };
    const three = await codi.generateBatch({ ...request, count: 3 });
    for (const { image: picture } of three) {
      assertEquals(picture.shape, [3, 64, 64]);
      assert(picture.data.every(Number.isFinite));
      assertEquals((await image.codec.decode(await image.codec.encode(picture))).shape, [
        3,
        64,
        64,
      ]);
    }
    const [alone] = await codi.generateBatch({ ...request, first: 2 });
    assert(gap(alone!.image, three[2]!.image) < 1e-4);
    assert(gap(three[0]!.image, three[1]!.image) > 1e-2, "samples differ");
    const sentence = await codi.generate({ ...request, prompts: request.prompts.slice(0, 1) });
    const other = await codi.generate({ ...request, prompts: [text.prompt("a bell")] });
    const nothing = await codi.generate({ ...request, prompts: [] });
    const away = await codi.generate({
      ...request,
      prompts: [text.prompt("a guitar"), image.prompt(noisePicture(1), { negative: true })],
    });
    const pictures = [three[0]!.image, sentence.image, other.image, nothing.image, away.image];
    pictures.forEach((a, i) =>
      pictures.slice(0, i).forEach((b) => assert(gap(a, b) > 1e-4, `prompt ${i} counts`))
    );
  }));

Deno.test("text and pictures are compared in one space, with notices of what is unknown", () =>
  withModalities(async ({ text, image, codi }) => {
    const sentence = text.prompt("a gitar");
    const picture = image.prompt(noisePicture(1));
    for (const prompt of [sentence, picture]) {
      assertAlmostEquals(Math.hypot(...await codi.embed(prompt)), 1, 1e-5);
    }
    assertEquals(
      await codi.similarity(sentence, picture),
      await codi.similarity(picture, sentence),
    );
    assertEquals(await codi.notices([picture, sentence, text.prompt("!!!")]), [
      'The word "gitar" was not in the training captions; similar ones are "guitar"',
      'The prompt "!!!" has no word to read, so it says nothing',
    ]);
  }));

Deno.test("text is refused as an output, a picture of the wrong size as a prompt", () =>
  withModalities(async ({ image, codi }) => {
    await assertRejects(
      () => codi.generate({ prompts: [], to: ["text"], steps: 1 }),
      RangeError,
      'Cannot generate "text": the plugin reads it only as a prompt; outputs are "image"',
    );
    await assertRejects(
      () => codi.embed(image.prompt(tensor([3, 32, 32]))),
      RangeError,
      "Cannot read a picture of shape [3,32,32]",
    );
  }));
