import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import { codec } from "./codec.ts";
import { textAutoencoder } from "./autoencoder.ts";
import { TEXT_CONFIG, type TextConfig } from "./config.ts";
import { textDiffusion } from "./diffusion.ts";
import { textEnvironment } from "./environment.ts";
import { textPromptEncoder } from "./prompt_encoder.ts";

/**
 * A text modality of any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are: safetensors files.
 * @returns The modality; its samples are strings of any Unicode text, of which 24 words are read.
 *
 * @example A small one, to be trained
 * ```ts
 * import { createText } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * const small = createText({ wordWidth: 16, width: 16, blocks: 1 }, {
 *   promptEncoder: new URL("file:///weights/text.safetensors"),
 * });
 * assertEquals([small.name, small.bridge], ["text", true]);
 * ```
 */
export function createText(
  config: TextConfig,
  weights: Readonly<Partial<Record<PartName, URL>>>,
): Modality<"text", string> {
  const { sentences } = config;
  return defineModality({
    name: "text",
    version: "0.1.0",
    space: "band-1",
    bridge: true,
    codec,
    promptEncoder: textPromptEncoder(config),
    ...(sentences && {
      autoencoder: textAutoencoder(sentences),
      diffusion: textDiffusion(sentences),
      environment: textEnvironment(sentences),
    }),
    weights,
  });
}

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/**
 * Plain text, with the shipped networks.
 *
 * @example Words at a distance
 * ```ts
 * import { load } from "@codi/core";
 * import { text } from "@codi/text";
 * import { assert } from "@std/assert";
 *
 * await using codi = await load([text], { session: { threads: 1 } });
 * const [guitar, misspelt, bell] = ["a guitar", "a gitar", "a bell"].map((words) => text.prompt(words));
 * const near = await codi.similarity(guitar!, misspelt!);
 * assert(near > await codi.similarity(guitar!, bell!));
 * ```
 */
export const text: Modality<"text", string> = createText(TEXT_CONFIG, {
  promptEncoder: weights("prompt_encoder"),
  autoencoder: weights("autoencoder"),
  diffusion: weights("diffusion"),
  environment: weights("environment"),
});
