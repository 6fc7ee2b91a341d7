/** What the tests of writing share: networks small enough for a blink, and captions. */

import { type AnyModality, defineModality, SPACE_WIDTH } from "@codi/core/modality";
import { linear, normalizeLength } from "@codi/core/nn";
import { tensor } from "@codi/core/tensor";
import type { CaptionSample, Dataset } from "@codi/core/training";
import type { SentenceConfig, TextConfig } from "./config.ts";

/** The smallest networks that write. */
export const SMALL_SENTENCES: SentenceConfig = {
  latentChannels: 8,
  autoencoder: { wordWidth: 16, width: 32, encoderBlocks: 1, decoderBlocks: 1, memoryTokens: 2 },
  diffusion: {
    widths: [32, 16],
    depth: 1,
    tokens: 2,
    heads: 2,
    timeWidth: 16,
    contextTokens: 2,
    contextWidth: 8,
  },
};

/** The smallest networks. */
export const SMALL: TextConfig = {
  wordWidth: 8,
  width: 8,
  blocks: 1,
  sentences: SMALL_SENTENCES,
};

const THINGS = ["guitar", "bell", "drum"];
const COLORS = ["red", "blue"];

/** What caption of which wording says: a thing, a colour, or both. */
function captionOf(index: number, wording: number, way = wording): CaptionSample {
  const [thing, color] = [THINGS[index % 3]!, COLORS[Math.floor(index / 3) % 2]!];
  const says = wording % 3;
  const content = Float32Array.from([
    ...THINGS.map((other) => (says !== 1 && other === thing ? 1 : 0)),
    ...COLORS.map((other) => (says !== 0 && other === color ? 1 : 0)),
  ]);
  const text = [
    [`a ${thing}`, `This is a ${thing}.`],
    [`a ${color} wall`, `the wall is ${color}`],
    [`a ${thing} on ${color}`, `On ${color}, a ${thing}`],
  ][says]![Math.abs(way) % 2]!;
  return { text, content, key: content.join() };
}

/** Scenes of three things before two colours, with captions that say one of them or both. */
export const smallDataset: Dataset = {
  name: "small",
  modalities: ["sketch", "tune"],
  bridge: "text",
  size: () => 12,
  contentLength: 5,
  vocabulary: ["a", "is", "on", "the", "this", "wall", ...COLORS, ...THINGS],
  caption: (_, index, wording) => captionOf(index, wording),
  paraphrases: (_, index, wording) => [
    captionOf(index, wording, 0),
    captionOf(index, wording, 1),
  ],
  describes: () => false,
  sample: (_, __, index) => Promise.resolve([index % 3, Math.floor(index / 3) % 2]),
};

/** A modality of two numbers that only prompts. */
export function promptingModality(name: string): AnyModality {
  return defineModality({
    name,
    version: "1.0.0",
    space: "band-1",
    bridge: false,
    codec: {} as AnyModality["codec"],
    promptEncoder: {
      network: {
        name: `${name} prompt encoder`,
        inputs: (batch) => ({ sample: { shape: [batch, 2], dtype: "float32" } }),
        trace: (scope, { sample }) => ({
          embedding: normalizeLength(linear(scope, sample!, SPACE_WIDTH)),
        }),
      },
      feeds: (samples: readonly number[][]) => ({
        sample: tensor([samples.length, 2], Float32Array.from(samples.flat())),
      }),
    },
    weights: {},
  });
}
