/** What the tests of the video plugin's networks share: sizes for a blink, and random clips. */

import { type Network, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { elementCount, type Tensor, tensor } from "@codi/core/tensor";
import { CLIP_SHAPE } from "./clip.ts";
import type { VideoConfig } from "./config.ts";

/** The smallest networks. */
export const SMALL: VideoConfig = {
  latentSide: 8,
  latentChannels: 2,
  autoencoder: { width: 8, encoderBlocks: 1, decoderBlocks: 1, fineWidth: 8 },
  prompt: { widths: [8, 8, 8], motionWidth: 8, motionBlocks: 1 },
  unet: {
    widths: [8, 16],
    attention: [false, true],
    depth: 1,
    patch: 2,
    heads: 2,
    timeWidth: 8,
    contextTokens: 2,
    contextWidth: 8,
  },
  temporal: { width: 8, heads: 2, shiftWidth: 7, conditionWidth: 4 },
};

/** Normal numbers of a shape. */
export function noise(shape: readonly number[], ...key: readonly (string | number)[]): Tensor {
  return tensor(shape, random(...key).fillNormal(new Float32Array(elementCount(shape))));
}

/** A clip of noise in [−1, 1]. */
export function noiseClip(number: number): Tensor {
  const draw = random("clip", number);
  const data = Float32Array.from(
    { length: elementCount(CLIP_SHAPE) },
    () => 2 * draw.uniform() - 1,
  );
  return tensor(CLIP_SHAPE, data);
}

/** Random weights of networks that share a file; none is zero, so that every input counts. */
export function randomWeights(...networks: readonly Network[]): Record<string, Tensor> {
  const scope = new Scope();
  for (const network of networks) traceNetwork(network, scope, 1);
  return withoutZeros(scope.initialWeights(1));
}

/** Weights with those that are zero drawn. */
export function withoutZeros(
  weights: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => {
      if (data.some((value) => value !== 0)) return [name, { shape, data }];
      const drawn = noise(shape, name);
      return [name, tensor(shape, drawn.data.map((value) => 0.1 * value))];
    }),
  );
}
