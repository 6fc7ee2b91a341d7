/** What the tests of the audio plugin's networks share: sizes small enough for a blink, and sounds. */

import { type Network, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import type { Dataset } from "@codi/core/training";
import type { AudioConfig } from "./config.ts";
import { SOUND_RATE, SOUND_SAMPLES } from "./sound.ts";

/** The smallest networks. */
export const SMALL: AudioConfig = {
  latentChannels: 2,
  autoencoder: { width: 8, encoderBlocks: 1, decoderBlocks: 1, fineWidth: 8 },
  promptEncoder: { widths: [8, 8], tokenWidth: 16, blocks: 1, heads: 2 },
  unet: {
    widths: [8, 8],
    attention: [false, true],
    depth: 1,
    patch: 2,
    heads: 2,
    timeWidth: 8,
    contextTokens: 2,
    contextWidth: 8,
    position: true,
  },
  vocoder: { width: 8, blocks: 1, expansion: 2 },
};

/** Random weights of networks that share a file; none is zero, so that every input counts. */
export function randomWeights(...networks: readonly Network[]): Record<string, Tensor> {
  const scope = new Scope();
  for (const network of networks) traceNetwork(network, scope, 1);
  const weights = scope.initialWeights(1);
  for (const [name, { data }] of Object.entries(weights)) {
    if (data.every((value) => value === 0)) {
      random(name).fillNormal(data);
      data.forEach((value, i) => data[i] = 0.1 * value);
    }
  }
  return weights;
}

/** A tone with two overtones that dies away, from an onset in seconds. */
export function pluckedTone(hertz: number, onset = 0): Tensor {
  const data = Float32Array.from({ length: SOUND_SAMPLES }, (_, i) => {
    const time = i / SOUND_RATE - onset;
    if (time < 0) return 0;
    const wave = [1, 2, 3].map((part) => Math.sin(2 * Math.PI * part * hertz * time) / part);
    return 0.4 * Math.exp(-3 * time) * wave.reduce((a, b) => a + b);
  });
  return tensor([SOUND_SAMPLES], data);
}

/** Plucked tones, with captions that number them. */
export const toneDataset: Dataset = {
  name: "tones",
  modalities: ["audio"],
  bridge: "text",
  size: () => 12,
  contentLength: 0,
  vocabulary: [],
  caption: (split, index, wording) => ({ text: `${split} ${index} ${wording}`, key: `${index}` }),
  paraphrases: () => [{ text: "", key: "" }, { text: "", key: "" }],
  describes: () => false,
  sample: (_, split, index) =>
    Promise.resolve(pluckedTone((split === "train" ? 200 : 220) * (1 + index / 4), index / 8)),
};
