/** What the tests of the image plugin share: networks small enough for a blink, and a data set. */

import { type Network, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import type { Dataset } from "@codi/core/training";
import type { ImageConfig } from "./config.ts";

/** The smallest networks. */
export const SMALL: ImageConfig = {
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

/** A picture of noise in [−1, 1]. */
export function noisePicture(number: number): Tensor {
  const draw = random("picture", number);
  return tensor(
    [3, 64, 64],
    Float32Array.from({ length: 3 * 64 * 64 }, () => 2 * draw.uniform() - 1),
  );
}

/** Pictures of noise with captions that number them. */
export const noiseDataset: Dataset = {
  name: "noise",
  modalities: ["image"],
  bridge: "text",
  size: () => 20,
  contentLength: 0,
  vocabulary: [],
  caption: (split, index, wording) => ({ text: `${split} ${index} ${wording}`, key: `${index}` }),
  paraphrases: () => [{ text: "", key: "" }, { text: "", key: "" }],
  describes: () => false,
  sample: (_, split, index) =>
    Promise.resolve(noisePicture(split === "train" ? index : -1 - index)),
};
