import {
  add,
  attention,
  broadcastTo,
  concat,
  constant,
  gelu,
  matmul,
  max,
  mul,
  reshape,
  slice,
  sub,
  type Value,
} from "../graph/mod.ts";
import { linear, normalizeLayer, type Scope } from "../nn/mod.ts";
import { ENVIRONMENT_WIDTH, type EnvironmentValues, SLOTS } from "./environment.ts";

/** Tokens that the global one becomes: attention over a single token ignores its query. */
const GLOBAL_TOKENS = 4;
/** How much a head prefers near slots: what the score falls by with each slot of distance. */
const DISTANCE_SLOPES = [4, 1, 0.25, 0] as const;

/** What is heard, as the tokens that all of a network's environment attention reads. */
export interface EnvironmentMemory extends EnvironmentValues {
  /** Nothing, what the global token becomes, and the slots: [batch, tokens, ENVIRONMENT_WIDTH]. */
  readonly tokens: Value;
  /** The code of the slots' positions, [SLOTS, ENVIRONMENT_WIDTH]. */
  readonly position: Value;
}

/**
 * The tokens that a network's environment attention reads, made once for all its places.
 *
 * @param scope Names `global`, `position` and `nothing`.
 * @param environment What is heard.
 * @returns The tokens, with the code of their positions.
 */
export function environmentMemory(
  scope: Scope,
  environment: EnvironmentValues,
): EnvironmentMemory {
  const { global, slots } = environment;
  const batch = global.shape[0]!;
  const width = ENVIRONMENT_WIDTH;
  const globals = reshape(
    linear(scope.at("global"), global, GLOBAL_TOKENS * width),
    [batch, GLOBAL_TOKENS, width],
  );
  const position = scope.parameter("position", [SLOTS, width], { deviation: 0.3 });
  const nothing = scope.parameter("nothing", [1, 1, width], { deviation: 0.3 });
  const tokens = concat(
    [broadcastTo(nothing, [batch, 1, width]), globals, add(slots, position)],
    1,
  );
  return { ...environment, tokens, position };
}

/** Options of environment attention. */
export interface EnvironmentAttentionOptions {
  /**
   * The slot of each token, in [0, {@linkcode SLOTS}), with fractions for tokens that stand between
   * two; left out by modalities outside time.
   */
  readonly slotOf?: readonly number[];
  /** The hidden width of the feed-forward layer. @default {96} */
  readonly hidden?: number;
}

/**
 * Attention of a network's tokens to the other outputs' environment, and a feed-forward layer: the added
 * cross-attention of CoDi, section 3.4. Queries and keys share one code of the slots' positions. It
 * starts without effect, and has none on samples that hear nothing.
 *
 * @param scope Names the parameters.
 * @param tokens [batch, tokens, width].
 * @param memory What is heard.
 * @param options Where in time the tokens stand.
 * @returns The shape of the tokens.
 *
 * @example It starts without effect
 * ```ts
 * import {
 *   ENVIRONMENT_WIDTH,
 *   environmentAttention,
 *   environmentMemory,
 *   SLOTS,
 * } from "@codi/core/environment";
 * import { input } from "@codi/core/graph";
 * import { Scope } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const scope = new Scope();
 * const memory = environmentMemory(scope, {
 *   global: input("global", [2, ENVIRONMENT_WIDTH]),
 *   slots: input("slots", [2, SLOTS, ENVIRONMENT_WIDTH]),
 *   heard: input("heard", [2, 2]),
 * });
 * const result = environmentAttention(scope, input("tokens", [2, 8, 32]), memory);
 * assertEquals(result.shape, [2, 8, 32]);
 * const weights = scope.initialWeights(0);
 * assertEquals(new Set(weights["out.weight"]!.data), new Set([0]));
 * assertEquals(new Set(weights["feed.out.weight"]!.data), new Set([0]));
 * ```
 */
export function environmentAttention(
  scope: Scope,
  tokens: Value,
  memory: EnvironmentMemory,
  options: EnvironmentAttentionOptions = {},
): Value {
  const { slotOf, hidden = 96 } = options;
  const { position, heard } = memory;
  const [batch, count, width] = tokens.shape as [number, number, number];
  const inner = ENVIRONMENT_WIDTH;
  let asked = linear(scope.at("query"), normalizeLayer(scope.at("norm"), tokens), inner, {
    bias: false,
  });
  if (slotOf) {
    const code = matmul(constant(interpolation(slotOf), [count, SLOTS]), position);
    asked = add(asked, linear(scope.at("place"), code, inner, { bias: false }));
  }
  const project = (name: string) => linear(scope.at(name), memory.tokens, inner, { bias: false });
  const mixed = attention(asked, project("key"), project("value"), {
    heads: DISTANCE_SLOPES.length,
    bias: scoreBias(heard, count, slotOf),
  });
  const any = reshape(max(heard, [1]), [batch, 1, 1]);
  const x = add(tokens, mul(linear(scope.at("out"), mixed, width, { init: "zeros" }), any));
  // The feed-forward layer sees what was heard beside the tokens, so that it can relate the two.
  const feed = scope.at("feed");
  const seen = concat([normalizeLayer(feed.at("norm"), x), mixed], 2);
  const h = gelu(linear(feed.at("in"), seen, hidden));
  return add(x, mul(linear(feed.at("out"), h, width, { init: "zeros" }), any));
}

/** [tokens · SLOTS]: how much of each slot's position code a token takes. */
function interpolation(slotOf: readonly number[]): Float32Array {
  const weights = new Float32Array(slotOf.length * SLOTS);
  slotOf.forEach((slot, token) => {
    const low = Math.floor(slot);
    const part = slot - low;
    weights[token * SLOTS + low]! += 1 - part;
    if (part > 0) weights[token * SLOTS + Math.min(SLOTS - 1, low + 1)]! += part;
  });
  return weights;
}

/** [batch, heads, tokens, keys]: nothing is scored that is not heard, and far slots less than near ones. */
function scoreBias(
  heard: Value,
  count: number,
  slotOf: readonly number[] | undefined,
): Value {
  const batch = heard.shape[0]!;
  const heads = DISTANCE_SLOPES.length;
  const keys = 1 + GLOBAL_TOKENS + SLOTS;
  const near = new Float32Array(heads * count * keys);
  if (slotOf) {
    DISTANCE_SLOPES.forEach((slope, head) =>
      slotOf.forEach((slot, token) => {
        for (let key = 0; key < SLOTS; key++) {
          const place = (head * count + token) * keys + 1 + GLOBAL_TOKENS + key;
          near[place] = -slope * Math.abs(slot - key);
        }
      })
    );
  }
  const unheard = mul(sub(heard, 1), 1e4); // [batch, 2], 0 or −10⁴
  const spread = (at: number, length: number) =>
    broadcastTo(slice(unheard, 1, at, at + 1), [batch, length]);
  const mask = concat([
    constant(new Float32Array(batch), [batch, 1]),
    spread(0, GLOBAL_TOKENS),
    spread(1, SLOTS),
  ], 1);
  return add(
    reshape(mask, [batch, 1, 1, keys]),
    constant(near, [1, heads, count, keys]),
  );
}
