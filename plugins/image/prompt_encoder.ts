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
import { IMAGE_CONFIG, type ImageConfig } from "./config.ts";
import { PICTURE_SHAPE, pictureBatch } from "./picture.ts";

/**
 * The picture embedding before centring: a residual network, averaged over the last map (the image
 * prompt encoder C of CoDi, section 3.2).
 *
 * @param scope Names the parameters.
 * @param picture [batch, 3, 64, 64] in [−1, 1].
 * @param config The sizes.
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

/**
 * The image prompt encoder as an alignment trains it.
 *
 * @param config The sizes.
 * @returns Pictures [batch, 3, 64, 64] to embeddings before centring, [batch, SPACE_WIDTH].
 *
 * @example The other side of an alignment
 * ```ts
 * import { input } from "@codi/core/graph";
 * import { Scope } from "@codi/core/nn";
 * import { embedPicture } from "@codi/image/training";
 * import { assertEquals } from "@std/assert";
 *
 * const embedding = embedPicture()(new Scope(), input("picture", [8, 3, 64, 64]));
 * assertEquals(embedding.shape, [8, 256]);
 * ```
 */
export function embedPicture(
  config: ImageConfig = IMAGE_CONFIG,
): (scope: Scope, picture: Value) => Value {
  return (scope, picture) => pictureEmbedding(scope, picture, config);
}

/**
 * The image prompt encoder (CoDi, section 3.2).
 *
 * @param config The sizes.
 * @returns Its network and what it is fed.
 */
export function imagePromptEncoder(config: ImageConfig): PromptEncoder<Tensor> {
  return {
    network: {
      name: "image prompt encoder",
      inputs: (batch) => ({ picture: { shape: [batch, ...PICTURE_SHAPE], dtype: "float32" } }),
      trace: (scope, { picture }) => ({
        embedding: centered(scope, pictureEmbedding(scope, picture!, config)),
      }),
    },
    feeds: (pictures) => ({ picture: pictureBatch(pictures) }),
  };
}
