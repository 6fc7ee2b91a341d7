/**
 * The training objectives that the image plugin brings.
 *
 * @module
 */
import type { Value } from "@codi/core/graph";
import type { Scope } from "@codi/core/nn";
import { IMAGE_CONFIG, type ImageConfig } from "./config.ts";
import { pictureEmbedding } from "./prompt_encoder.ts";

export { IMAGE_CONFIG, type ImageConfig };
export { autoencodeImage, denoiseImage } from "./objectives.ts";

/** The image prompt encoder as an alignment trains it: pictures to embeddings before centring. */
export function embedPicture(
  config: ImageConfig = IMAGE_CONFIG,
): (scope: Scope, picture: Value) => Value {
  return (scope, picture) => pictureEmbedding(scope, picture, config);
}
