import {
  add,
  broadcastTo,
  concat,
  constant,
  matmul,
  mul,
  reshape,
  split,
  transpose,
  type Value,
} from "@codi/core/graph";
import {
  feedForward,
  linear,
  multiHeadAttention,
  normalizeLayer,
  type Scope,
  transformerBlock,
} from "@codi/core/nn";
import type { TransformerSize } from "./config.ts";
import { KEYS, SCORE_SLOTS } from "./roll.ts";
import { SCORE_THINGS } from "./things.ts";

/** Heads of all attention. */
const HEADS = 4;
/** Wave lengths of a pitch's code, in semitones: near pitches get near codes. */
const WAVES = [3, 4, 6, 12, 24, 48, 96, 192];

/** What the networks of scores read. */
export interface RollInputs {
  /** [batch, 16, 128]. */
  readonly roll: Value;
  /** [batch, 24]. */
  readonly thing: Value;
}

/** The graph inputs for scores at a batch size. */
export function rollInputs(
  batch: number,
): Record<"roll" | "thing", { shape: readonly number[]; dtype: "float32" }> {
  return {
    roll: { shape: [batch, SCORE_SLOTS, KEYS], dtype: "float32" },
    thing: { shape: [batch, SCORE_THINGS.length], dtype: "float32" },
  };
}

/** A token for each slot of scores, [batch, 16, width]: the key that begins in it, and the thing. */
export function slotTokens(scope: Scope, { roll, thing }: RollInputs, width: number): Value {
  const [batch] = roll.shape as [number];
  const code = matmul(
    reshape(roll, [batch * SCORE_SLOTS, KEYS]),
    constant(pitchCode(), [KEYS, 2 * WAVES.length]),
  );
  const things = broadcastTo(reshape(thing, [batch, 1, -1]), [
    batch,
    SCORE_SLOTS,
    SCORE_THINGS.length,
  ]);
  const seen = concat([roll, reshape(code, [batch, SCORE_SLOTS, 2 * WAVES.length]), things], 2);
  // Few of so many numbers are not zero.
  return linear(scope.at("in"), seen, width, { init: { deviation: 0.3 } });
}

function pitchCode(): Float32Array {
  const code = Array.from({ length: KEYS }, (_, key) =>
    WAVES.flatMap((wave) => {
      const angle = 2 * Math.PI * key / wave;
      return [Math.cos(angle), Math.sin(angle)];
    }));
  return Float32Array.from(code.flat());
}

/** Tokens with their places in time, through transformer blocks: [batch, 16, width]. */
export function slotTransformer(scope: Scope, tokens: Value, { blocks }: TransformerSize): Value {
  let x = add(tokens, slotPositions(scope, tokens.shape[2]!));
  for (let index = 0; index < blocks; index++) {
    x = transformerBlock(scope.at("block").at(index), x, { heads: HEADS });
  }
  return normalizeLayer(scope.at("norm"), x);
}

/** What tells slots apart, [16, width]. */
export function slotPositions(scope: Scope, width: number): Value {
  return scope.parameter("position", [SCORE_SLOTS, width], { deviation: 0.3 });
}

/** Latents as tokens, or tokens as latents: [batch, a, b] to [batch, b, a]. */
export function turned(x: Value): Value {
  return transpose(x, [0, 2, 1]);
}

/**
 * A transformer block whose normalisations are scaled and shifted by a vector (Peebles and Xie, 2023,
 * figure 3). It starts as the identity.
 */
export function modulatedBlock(scope: Scope, tokens: Value, vector: Value): Value {
  const [batch, , width] = tokens.shape as [number, number, number];
  const changes = linear(scope.at("modulation"), vector, 4 * width, { init: "zeros" });
  const [scale1, shift1, scale2, shift2] = split(
    reshape(changes, [batch, 1, 4 * width]),
    [width, width, width, width],
    2,
  );
  const modulate = (name: string, x: Value, scale: Value, shift: Value) =>
    add(mul(normalizeLayer(scope.at(name), x), add(scale, 1)), shift);
  const first = modulate("norm1", tokens, scale1!, shift1!);
  const x = add(
    tokens,
    multiHeadAttention(scope.at("self"), first, { heads: HEADS, init: "zeros" }),
  );
  const second = modulate("norm2", x, scale2!, shift2!);
  return add(x, feedForward(scope.at("feed"), second, 2 * width, "zeros"));
}
