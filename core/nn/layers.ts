import {
  add,
  attention,
  concat,
  constant,
  conv2d,
  cos,
  div,
  gelu,
  groupNorm,
  layerNorm,
  matmul,
  mul,
  reshape,
  sin,
  sqrt,
  sum,
  type Value,
} from "../graph/mod.ts";
import type { Initializer, Scope } from "./scope.ts";

/** Options of a layer with weights. */
export interface LayerOptions {
  /** How the weights start. @default {normal, deviation 1 / √inputs} */
  readonly init?: Initializer;
  /** Whether a bias is added. @default {true} */
  readonly bias?: boolean;
}

/**
 * A linear layer over the last axis: x · weightᵀ + bias.
 *
 * @param scope Names `weight` [width, inputs] and `bias` [width].
 * @param x [..., inputs].
 * @param width The length of the last axis of the result.
 * @param options How the weights start, and whether there is a bias.
 * @returns [..., width].
 */
export function linear(scope: Scope, x: Value, width: number, options: LayerOptions = {}): Value {
  const inputs = x.shape.at(-1)!;
  const init = options.init ?? { deviation: 1 / Math.sqrt(inputs) };
  const weight = scope.parameter("weight", [width, inputs], init);
  const rows = x.shape.length === 2 ? x : reshape(x, [-1, inputs]);
  let y = matmul(rows, weight, { transposeB: true });
  if (options.bias ?? true) y = add(y, scope.parameter("bias", [width], "zeros"));
  return reshape(y, [...x.shape.slice(0, -1), width]);
}

/** Options of a convolution layer. */
export interface ConvOptions extends LayerOptions {
  /** The side of the kernel. @default {3} */
  readonly kernel?: number;
  /** The step between outputs. @default {1} */
  readonly stride?: number;
}

/**
 * A convolution that keeps the size of the map at stride 1.
 *
 * @param scope Names `weight` [filters, channels, kernel, kernel] and `bias` [filters].
 * @param x [batch, channels, height, width].
 * @param filters Channels of the result.
 * @param options Kernel, stride, how the weights start, and whether there is a bias.
 * @returns [batch, filters, height / stride, width / stride], rounded up.
 */
export function conv(scope: Scope, x: Value, filters: number, options: ConvOptions = {}): Value {
  const { kernel = 3, stride = 1, bias = true } = options;
  const channels = x.shape[1]!;
  const init = options.init ?? { deviation: 1 / Math.sqrt(channels * kernel * kernel) };
  const weight = scope.parameter("weight", [filters, channels, kernel, kernel], init);
  const padding = (kernel - 1) >> 1;
  if (!bias) return conv2d(x, weight, { stride, padding });
  return conv2d(x, weight, { stride, padding, bias: scope.parameter("bias", [filters], "zeros") });
}

/** The largest number of groups of at least 8 channels, at most 16. */
function defaultGroups(channels: number): number {
  for (let groups = 16; groups > 1; groups--) {
    if (channels % groups === 0 && channels / groups >= 8) return groups;
  }
  return 1;
}

/**
 * Group normalisation with a learned scale and shift per channel.
 *
 * @param scope Names `weight` and `bias`, each [channels].
 * @param x [batch, channels, height, width].
 * @param groups How many. @default {as many as leave 8 channels in each, at most 16}
 * @returns The shape of x.
 * @throws {RangeError} If the groups do not divide the channels.
 */
export function normalizeGroups(scope: Scope, x: Value, groups?: number): Value {
  const channels = x.shape[1]!;
  const scale = scope.parameter("weight", [channels], "ones");
  const shift = scope.parameter("bias", [channels], "zeros");
  return groupNorm(x, groups ?? defaultGroups(channels), scale, shift);
}

/**
 * Group normalisation whose scale and shift come from a vector per sample (FiLM, Perez et al., 2018):
 * (1 + a(v)) · x̂ + b(v), starting as plain normalisation.
 *
 * @param scope Names the linear layers `scale` and `shift`.
 * @param x [batch, channels, height, width].
 * @param vector [batch, any width].
 * @param groups As for {@linkcode normalizeGroups}.
 * @returns The shape of x.
 * @throws {RangeError} If the groups do not divide the channels.
 */
export function modulateGroups(scope: Scope, x: Value, vector: Value, groups?: number): Value {
  const channels = x.shape[1]!;
  const scale = linear(scope.at("scale"), vector, channels, { init: "zeros" });
  const shift = linear(scope.at("shift"), vector, channels, { init: "zeros" });
  return groupNorm(x, groups ?? defaultGroups(channels), add(scale, 1), shift);
}

/**
 * Layer normalisation over the last axis with a learned scale and shift.
 *
 * @param scope Names `weight` and `bias`, each [width].
 * @param x [..., width].
 * @returns The shape of x.
 */
export function normalizeLayer(scope: Scope, x: Value): Value {
  const width = x.shape.at(-1)!;
  return layerNorm(
    x,
    scope.parameter("weight", [width], "ones"),
    scope.parameter("bias", [width], "zeros"),
  );
}

/** Options of multi-head attention. */
export interface MultiHeadAttentionOptions {
  /** What is attended to, [batch, tokens, any width]; the queries themselves if left out. */
  readonly context?: Value;
  /** How many heads. @default {4} */
  readonly heads?: number;
  /** Added to the scores, broadcasting to [batch, heads, queries, keys]. */
  readonly bias?: Value;
  /** How the output projection starts. @default {normal} */
  readonly init?: Initializer;
}

/**
 * Attention with projections (Vaswani et al., 2017, section 3.2.2), self or cross.
 *
 * @param scope Names the linear layers `query`, `key`, `value` and `out`.
 * @param x [batch, tokens, width].
 * @param options What is attended to, heads, and what is added to the scores.
 * @returns The shape of x.
 * @throws {RangeError} If the heads do not divide the width.
 */
export function multiHeadAttention(
  scope: Scope,
  x: Value,
  options: MultiHeadAttentionOptions = {},
): Value {
  const { context = x, heads = 4, bias, init } = options;
  const width = x.shape.at(-1)!;
  const query = linear(scope.at("query"), x, width, { bias: false });
  const key = linear(scope.at("key"), context, width, { bias: false });
  const value = linear(scope.at("value"), context, width, { bias: false });
  const mixed = attention(query, key, value, { heads, ...(bias && { bias }) });
  return linear(scope.at("out"), mixed, width, init ? { init } : {});
}

/**
 * Two linear layers with a GELU between (Vaswani et al., 2017, equation 2).
 *
 * @param scope Names the linear layers `in` and `out`.
 * @param x [..., width].
 * @param hidden The width between them.
 * @param init How the second one starts.
 * @returns The shape of x.
 */
export function feedForward(scope: Scope, x: Value, hidden: number, init?: Initializer): Value {
  const h = gelu(linear(scope.at("in"), x, hidden));
  return linear(scope.at("out"), h, x.shape.at(-1)!, init ? { init } : {});
}

/** Vectors of length 1 along the last axis: x / √(Σx² + 1e-8). */
export function normalizeLength(x: Value): Value {
  return div(x, sqrt(add(sum(mul(x, x), [-1], { keep: true }), 1e-8)));
}

/**
 * Sines and cosines of positions at geometric frequencies (Vaswani et al., 2017, section 3.5, as
 * DDPM uses them for timesteps).
 *
 * @param positions [batch].
 * @param width An even number.
 * @param longest Sets the longest wave: 2π · `longest`.
 * @returns [batch, width]: cosines, then sines.
 * @throws {RangeError} If the width is odd.
 */
export function sinusoids(positions: Value, width: number, longest = 10000): Value {
  const half = width / 2;
  if (!Number.isInteger(half)) {
    throw new RangeError(`Cannot trace sinusoids of width "${width}": it must be even`);
  }
  const frequencies = Float32Array.from(
    { length: half },
    (_, index) => Math.exp((-Math.log(longest) * index) / half),
  );
  const angles = mul(reshape(positions, [-1, 1]), constant(frequencies, [1, half]));
  return concat([cos(angles), sin(angles)], 1);
}
