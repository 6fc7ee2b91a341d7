import { add, concat, mapToTokens, silu, tokensToMap, type Value } from "../graph/mod.ts";
import {
  conv,
  feedForward,
  linear,
  modulateGroups,
  multiHeadAttention,
  normalizeGroups,
  normalizeLayer,
  sinusoids,
} from "./layers.ts";
import type { Scope } from "./scope.ts";

/**
 * Two convolutions around a residual connection (Ho et al., 2020, appendix B). A vector per sample,
 * if given, modulates the second normalisation; the block starts as the identity.
 *
 * @param scope Names `norm1`, `in`, `norm2`, `out` and, if the width changes, `skip`.
 * @param x [batch, channels, height, width].
 * @param width Channels of the result; a 1×1 convolution carries x over if they differ.
 * @param vector [batch, any width], for example the embedded timestep.
 * @returns [batch, width, height, width of x].
 */
export function residualBlock(scope: Scope, x: Value, width: number, vector?: Value): Value {
  let h = conv(scope.at("in"), silu(normalizeGroups(scope.at("norm1"), x)), width);
  h = vector ? modulateGroups(scope.at("norm2"), h, vector) : normalizeGroups(scope.at("norm2"), h);
  h = conv(scope.at("out"), silu(h), width, { init: "zeros" });
  return add(x.shape[1] === width ? x : conv(scope.at("skip"), x, width, { kernel: 1 }), h);
}

/**
 * The embedded timestep: sinusoids through two linear layers.
 *
 * @param scope Names the linear layers `in` and `out`.
 * @param timestep [batch].
 * @param width An even number.
 * @returns [batch, width].
 */
export function timeEmbedding(scope: Scope, timestep: Value, width: number): Value {
  const h = silu(linear(scope.at("in"), sinusoids(timestep, width), width));
  return linear(scope.at("out"), h, width);
}

/** Options of a transformer block. */
export interface TransformerOptions {
  /** Tokens to attend to besides its own, [batch, tokens, any width]. */
  readonly context?: Value;
  /** Added to the scores of cross-attention, broadcasting to [batch, heads, own tokens, context tokens]. */
  readonly contextBias?: Value;
  /** How many heads. @default {4} */
  readonly heads?: number;
  /** Added to the scores of self-attention, for masks. */
  readonly bias?: Value;
  /** The hidden width of the feed-forward layer, as a multiple. @default {2} */
  readonly expansion?: number;
}

/**
 * A transformer block (Vaswani et al., 2017, section 3.1, normalised first as Xiong et al., 2020):
 * self-attention, cross-attention if there is context, and a feed-forward layer, each residual. It
 * starts as the identity.
 *
 * @param scope Names `norm1`, `self`, `norm2`, `cross`, `norm3` and `feed`.
 * @param tokens [batch, tokens, width].
 * @param options Context, heads, mask and hidden width.
 * @returns The shape of the tokens.
 * @throws {RangeError} If the heads do not divide the width.
 */
export function transformerBlock(
  scope: Scope,
  tokens: Value,
  options: TransformerOptions = {},
): Value {
  const { context, contextBias, heads = 4, bias, expansion = 2 } = options;
  const width = tokens.shape.at(-1)!;
  let x = add(
    tokens,
    multiHeadAttention(scope.at("self"), normalizeLayer(scope.at("norm1"), tokens), {
      heads,
      init: "zeros",
      ...(bias && { bias }),
    }),
  );
  if (context) {
    const query = normalizeLayer(scope.at("norm2"), x);
    x = add(
      x,
      multiHeadAttention(scope.at("cross"), query, {
        context,
        heads,
        init: "zeros",
        ...(contextBias && { bias: contextBias }),
      }),
    );
  }
  const hidden = expansion * width;
  return add(
    x,
    feedForward(scope.at("feed"), normalizeLayer(scope.at("norm3"), x), hidden, "zeros"),
  );
}

/**
 * A transformer block over the pixels of a map.
 *
 * @param scope As for {@linkcode transformerBlock}.
 * @param x [batch, channels, height, width].
 * @param options As for {@linkcode transformerBlock}.
 * @returns The shape of x.
 */
export function spatialTransformer(
  scope: Scope,
  x: Value,
  options: TransformerOptions = {},
): Value {
  return tokensToMap(transformerBlock(scope, mapToTokens(x), options), x.shape[2]!, x.shape[3]!);
}

/** Channels of several maps one after another: [batch, sum of channels, height, width]. */
export function joinChannels(...maps: Value[]): Value {
  return concat(maps, 1);
}
