import { averagePool, pixelUnshuffle, relu, reshape, type Value } from "@codi/core/graph";
import { conv, linear, normalizeGroups, normalizeLayer, type Scope } from "@codi/core/nn";
import { TRAINING_STYLES } from "../styles.ts";
import { THING_NAMES } from "../things.ts";

/** The width of the features before the two heads. */
export const FEATURE_WIDTH = 96;

/** What the network says about pictures. */
export interface ImageScores {
  /** The features that both heads read, [batch, 96]. */
  readonly features: Value;
  /** Scores of the things, before a softmax, [batch, 24]. */
  readonly things: Value;
  /** Scores of the training styles, before a softmax, [batch, 7]. */
  readonly styles: Value;
}

/** Convolution, normalisation over the whole map, rectifier. */
function layer(scope: Scope, x: Value, width: number): Value {
  return relu(normalizeGroups(scope.at("norm"), conv(scope.at("conv"), x, width), 1));
}

/**
 * A plain stack of convolutions and average pooling in the manner of VGG (Simonyan and Zisserman,
 * 2015), with layer normalisation: unlike the prompt encoders, which are residual with group
 * normalisation, so that both do not err alike.
 *
 * @param scope Names the parameters.
 * @param picture [batch, 3, 64, 64] in [−1, 1].
 */
export function imageNetwork(scope: Scope, picture: Value): ImageScores {
  let h = layer(scope.at(0), pixelUnshuffle(picture, 2), 24); // [batch, 24, 32, 32]
  h = layer(scope.at(1), averagePool(h), 48); // [batch, 48, 16, 16]
  h = layer(scope.at(2), h, 48);
  h = layer(scope.at(3), averagePool(h), 96); // [batch, 96, 8, 8]
  h = layer(scope.at(4), h, 96);
  h = averagePool(layer(scope.at(5), averagePool(h), 96)); // [batch, 96, 2, 2]
  const flat = reshape(h, [h.shape[0]!, -1]);
  const mixed = linear(scope.at("features"), flat, FEATURE_WIDTH);
  const features = relu(normalizeLayer(scope.at("norm"), mixed));
  return {
    features,
    things: linear(scope.at("things"), features, THING_NAMES.length),
    styles: linear(scope.at("styles"), features, TRAINING_STYLES.length),
  };
}
