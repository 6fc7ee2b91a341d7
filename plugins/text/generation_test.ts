/** From a sentence to sentences, with small networks of random weights. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { load } from "@codi/core";
import { type Network, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { writeWeights } from "@codi/core/weights";
import { join, toFileUrl } from "@std/path";
import { SMALL } from "./_testing.ts";
import { SPELLING } from "./autoencoder.ts";
import { createText } from "./mod.ts";
import { spellingTable, vocabularyOf } from "./vocabulary.ts";

const WORDS = ["a", "bell", "drum", "guitar", "on", "red"];

/** Runs a test with a text whose weights, the writing ones only if told so, are in a folder of its own. */
async function withText(
  writes: boolean,
  test: (text: ReturnType<typeof createText>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "codi-text-" });
  try {
    const path = (name: string) => join(folder, `${name}.safetensors`);
    const text = createText(SMALL, {
      promptEncoder: toFileUrl(path("prompt")),
      autoencoder: toFileUrl(path("autoencoder")),
      diffusion: toFileUrl(path("diffusion")),
    });
    const write = async (name: string, ...networks: Network[]) => {
      const scope = new Scope();
      for (const network of networks) traceNetwork(network, scope, 1);
      const weights = scope.initialWeights(1);
      if (weights[SPELLING]) weights[SPELLING] = spellingTable(vocabularyOf(WORDS));
      await writeWeights(path(name), weights, { metadata: { space: "band-1" } });
    };
    await write("prompt", text.promptEncoder.network);
    if (writes) {
      await write("autoencoder", text.autoencoder!.encoder, text.autoencoder!.decoder);
      await write("diffusion", text.diffusion!.network);
    }
    await test(text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a sentence becomes sentences of known words, the same when asked again", () =>
  withText(true, async (text) => {
    await using codi = await load([text], { session: { threads: 1 } });
    const request = {
      prompts: [text.prompt("a guitar")],
      to: ["text"] as const,
      steps: 2,
      seed: 5,
      count: 3,
      decoding: { text: { temperature: 1.5, topP: 0.9 } },
    };
    const sentences = (await codi.generateBatch(request)).map((outputs) => outputs.text);
    for (const sentence of sentences) {
      const words = sentence.split(/[ ,]+/).filter((word) => word !== "");
      assert(words.every((word) => WORDS.includes(word)), sentence);
    }
    assertEquals(new Set(sentences).size, 3);
    const again = await codi.generateBatch({ ...request, count: 1, first: 2 });
    assertEquals(again[0]!.text, sentences[2]!);
    await assertRejects(
      () => codi.generate({ ...request, decoding: { text: { warmth: 1 } } }),
      RangeError,
      'Cannot decode "text" with warmth "1": the settings of "text" are "temperature", "topP" and "beams"',
    );
  }));

Deno.test("load() works without the weights that write, as long as no text is asked for", () =>
  withText(false, async (text) => {
    await using codi = await load([text], { session: { threads: 1 } });
    assert(await codi.similarity(text.prompt("a guitar"), text.prompt("a guitar")) > 0.99);
    await assertRejects(
      () => codi.generate({ prompts: [text.prompt("a bell")], to: ["text"], steps: 1 }),
      Error,
      'Cannot use the diffusion of "text"',
    );
  }));
