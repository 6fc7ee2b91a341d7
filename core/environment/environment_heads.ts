import { add, broadcastTo, concat, mean, mul, reshape, type Value } from "../graph/mod.ts";
import { linear, normalizeLength, type Scope, transformerBlock } from "../nn/mod.ts";
import { ENVIRONMENT_WIDTH, SLOTS } from "./environment.ts";

/** Vectors of the length √width: their numbers have unit variance. */
function unitVariance(x: Value): Value {
  return mul(normalizeLength(x), Math.sqrt(ENVIRONMENT_WIDTH));
}

/**
 * The end of an environment encoder outside time.
 *
 * @param scope Names the layer `global`.
 * @param features What the encoder found, [batch, any width].
 * @returns `global`, [batch, ENVIRONMENT_WIDTH], of length √ENVIRONMENT_WIDTH.
 */
export function globalEnvironment(scope: Scope, features: Value): { global: Value } {
  return { global: unitVariance(linear(scope.at("global"), features, ENVIRONMENT_WIDTH)) };
}

/** Options of {@linkcode timedEnvironment}. */
export interface TimedEnvironmentOptions {
  /** Transformer blocks across the slots. @default {2} */
  readonly blocks?: number;
  /** Heads of their attention. @default {4} */
  readonly heads?: number;
}

/**
 * The end of an environment encoder of a modality in time: slots look at each other, and their mean is
 * what is said of the whole.
 *
 * @param scope Names the layers.
 * @param features What the encoder found, slot by slot, [batch, SLOTS, any width].
 * @param time The embedded timestep, [batch, any width].
 * @param options How deep.
 * @returns `global` [batch, ENVIRONMENT_WIDTH] and `slots` [batch, SLOTS, ENVIRONMENT_WIDTH], whose
 * vectors have the length √ENVIRONMENT_WIDTH.
 */
export function timedEnvironment(
  scope: Scope,
  features: Value,
  time: Value,
  options: TimedEnvironmentOptions = {},
): { global: Value; slots: Value } {
  const { blocks = 2, heads = 4 } = options;
  const [batch, , width] = features.shape as [number, number, number];
  const position = scope.parameter("position", [SLOTS, width], { deviation: 0.5 });
  const moment = reshape(linear(scope.at("moment"), time, width), [batch, 1, width]);
  let x = add(add(features, position), broadcastTo(moment, features.shape)); // [batch, SLOTS, width]
  for (let block = 0; block < blocks; block++) {
    x = transformerBlock(scope.at("block").at(block), x, { heads });
  }
  const whole = concat([mean(x, [1]), mean(mul(x, x), [1])], 1); // [batch, 2 · width]
  return {
    global: unitVariance(linear(scope.at("global"), whole, ENVIRONMENT_WIDTH)),
    slots: unitVariance(linear(scope.at("slots"), x, ENVIRONMENT_WIDTH)),
  };
}
