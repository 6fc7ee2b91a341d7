import { centered } from "@codi/core/conditioning";
import { mean, pixelUnshuffle, silu, type Value } from "@codi/core/graph";
import { type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import {
  conv,
  linear,
  normalizeGroups,
  normalizeLength,
  residualBlock,
  type Scope,
} from "@codi/core/nn";
import type { Tensor } from "@codi/core/tensor";
import type { ImageConfig } from "./config.ts";
import { pictureBatch } from "./picture.ts";

/**
 * The picture embedding before centring: a residual network, averaged over the last map (the image
 * prompt encoder C of CoDi, section 3.2).
 *
 * @param picture [batch, 3, 64, 64] in [−1, 1].
 * @returns [batch, SPACE_WIDTH], of length 1.
 */
export function pictureEmbedding(scope: Scope, picture: Value, config: ImageConfig): Value {
  const { promptWidths } = config;
  let h = conv(scope.at("in"), pixelUnshuffle(picture, 4), promptWidths[0]!); // [batch, …, 16, 16]
  for (const [level, width] of promptWidths.entries()) {
    const at = scope.at(level);
    if (level > 0) h = conv(at.at("sample"), pixelUnshuffle(h, 2), width, { kernel: 1 });
    h = residualBlock(at.at("residual"), h, width);
  }
  h = silu(normalizeGroups(scope.at("norm"), h)); // [batch, …, 4, 4]
  return normalizeLength(linear(scope.at("out"), mean(h, [2, 3]), SPACE_WIDTH));
}

/** The image prompt encoder. */
export function imagePromptEncoder(config: ImageConfig): PromptEncoder<Tensor> {
  return {
    network: {
      name: "image prompt encoder",
      inputs: (batch) => ({ picture: { shape: [batch, 3, 64, 64], dtype: "float32" } }),
      trace: (scope, { picture }) => ({
        embedding: centered(scope, pictureEmbedding(scope, picture!, config)),
      }),
    },
    feeds: (pictures) => ({ picture: pictureBatch(pictures) }),
  };
}
