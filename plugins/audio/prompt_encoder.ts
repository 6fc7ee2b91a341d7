import { centered } from "@codi/core/conditioning";
import { add, mean, pixelUnshuffle, reshape, silu, transpose, type Value } from "@codi/core/graph";
import { type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import {
  conv,
  linear,
  normalizeGroups,
  normalizeLayer,
  normalizeLength,
  residualBlock,
  type Scope,
  transformerBlock,
} from "@codi/core/nn";
import type { Tensor } from "@codi/core/tensor";
import type { AudioConfig } from "./config.ts";
import { logMelBatch, MEL_SHAPE } from "./mel.ts";

/**
 * The embedding of a sound before centring (the audio prompt encoder C of CoDi, section 3.2): a
 * residual network, then a transformer over its 16 columns, one a slot. A column keeps its frequencies
 * apart and its place in time, so that register, contour and count can be read.
 *
 * @param scope Names the parameters.
 * @param spectrogram [batch, 1, 64, 128].
 * @param config The sizes.
 * @returns [batch, SPACE_WIDTH], of length 1.
 */
export function soundEmbedding(scope: Scope, spectrogram: Value, config: AudioConfig): Value {
  const { widths: [wide, deep], tokenWidth, blocks, heads } = config.promptEncoder;
  const batch = spectrogram.shape[0]!;
  let h = conv(scope.at("in"), pixelUnshuffle(spectrogram, 4), wide); // [batch, …, 16, 32]
  h = residualBlock(scope.at(0).at("residual"), h, wide);
  h = conv(scope.at(1).at("sample"), pixelUnshuffle(h, 2), deep, { kernel: 1 });
  h = residualBlock(scope.at(1).at("residual"), h, deep);
  h = silu(normalizeGroups(scope.at("norm"), h)); // [batch, …, 8, 16]
  const [, channels, frequencies, slots] = h.shape as [number, number, number, number];
  const columns = reshape(transpose(h, [0, 3, 1, 2]), [batch, slots, channels * frequencies]);
  let tokens = linear(scope.at("column"), columns, tokenWidth);
  tokens = add(tokens, scope.parameter("position", [slots, tokenWidth], { deviation: 0.1 }));
  for (let index = 0; index < blocks; index++) {
    tokens = transformerBlock(scope.at("transformer").at(index), tokens, { heads });
  }
  const pooled = mean(normalizeLayer(scope.at("normOut"), tokens), [1]);
  return normalizeLength(linear(scope.at("out"), pooled, SPACE_WIDTH));
}

/**
 * The audio prompt encoder (CoDi, section 3.2).
 *
 * @param config The sizes.
 * @returns Its network and what it is fed.
 */
export function audioPromptEncoder(config: AudioConfig): PromptEncoder<Tensor> {
  return {
    network: {
      name: "audio prompt encoder",
      inputs: (batch) => ({ spectrogram: { shape: [batch, ...MEL_SHAPE], dtype: "float32" } }),
      trace: (scope, { spectrogram }) => ({
        embedding: centered(scope, soundEmbedding(scope, spectrogram!, config)),
      }),
    },
    feeds: (sounds) => ({ spectrogram: logMelBatch(sounds) }),
  };
}
