import { add, pixelShuffle, pixelUnshuffle, silu, type Value } from "../graph/mod.ts";
import { joinChannels, residualBlock, spatialTransformer, timeEmbedding } from "./blocks.ts";
import { contextTokens, type PromptValues } from "./context.ts";
import { conv, linear, normalizeGroups } from "./layers.ts";
import type { Scope } from "./scope.ts";

/** The shape of a two-dimensional UNet. */
export interface UnetConfig {
  /** Channels at each resolution, finest first; every level halves height and width. */
  readonly widths: readonly number[];
  /** Which resolutions have a transformer after every residual block. */
  readonly attention: readonly boolean[];
  /** Residual blocks at each resolution, on the way down and again on the way up. */
  readonly depth: number;
  /** Pixels of the latent that become one of the finest level: the side of a square. */
  readonly patch: number;
  /** Heads of every attention. */
  readonly heads: number;
  /** The width of the embedded timestep. */
  readonly timeWidth: number;
  /** How many tokens the condition becomes. */
  readonly contextTokens: number;
  /** The width of those tokens. */
  readonly contextWidth: number;
  /**
   * Whether rows and columns are told apart by learned embeddings, for maps whose axes mean something,
   * such as frequency and time.
   *
   * @default {false}
   */
  readonly position?: boolean;
}

/** What a UNet reads. */
export interface UnetInputs extends PromptValues {
  /** The noisy latent, [batch, channels, height, width]. */
  readonly z: Value;
  /** The timestep of each sample, [batch], in [0, training steps). */
  readonly timestep: Value;
}

/** A place in a UNet: after a residual block and, where there is one, its transformer. */
export interface UnetPlace {
  /** The way down, the deepest map, or the way up. */
  readonly part: "down" | "middle" | "up";
  /** The resolution, from 0, the finest. */
  readonly level: number;
  /** Which of the level's blocks it follows, from 0. */
  readonly index: number;
}

/** Options of a UNet. */
export interface UnetOptions {
  /**
   * Adds layers after every block, such as attention across the maps of a sequence.
   *
   * @param scope Names their parameters beside the block's own, `residual` and `attention`.
   * @param map [batch, channels, height, width].
   * @param place After which block.
   * @returns The shape of the map.
   */
  readonly after?: (scope: Scope, map: Value, place: UnetPlace) => Value;
  /**
   * Adds to the embedded timestep, which modulates every residual block.
   *
   * @param scope The UNet's.
   * @param time The embedded timestep with the condition, [batch, timeWidth].
   * @returns The same shape.
   */
  readonly time?: (scope: Scope, time: Value) => Value;
}

/**
 * The UNet that every modality with a two-dimensional latent uses (Ronneberger et al., 2015; Ho et
 * al., 2020; Rombach et al., 2022). The condition enters twice: added to the embedded timestep, and as
 * {@linkcode contextTokens} of cross-attention.
 *
 * @param scope Names the parameters.
 * @param inputs The noisy latent, timestep and condition.
 * @param config Widths and depths.
 * @param options What is added to it.
 * @returns The prediction, of the latent's shape.
 * @throws {RangeError} If height or width does not divide by the patch and the levels.
 *
 * @example A small one
 * ```ts
 * import { input } from "@codi/core/graph";
 * import { Scope, unet } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const scope = new Scope();
 * const prediction = unet(scope, {
 *   z: input("z", [1, 4, 8, 8]),
 *   timestep: input("timestep", [1]),
 *   condition: input("condition", [1, 16]),
 * }, {
 *   widths: [16, 24],
 *   attention: [false, true],
 *   depth: 1,
 *   patch: 2,
 *   heads: 4,
 *   timeWidth: 32,
 *   contextTokens: 4,
 *   contextWidth: 16,
 * });
 * assertEquals(prediction.shape, [1, 4, 8, 8]);
 * ```
 */
export function unet(
  scope: Scope,
  inputs: UnetInputs,
  config: UnetConfig,
  options: UnetOptions = {},
): Value {
  const { z, timestep, condition } = inputs;
  const { after = (_, map) => map, time: addTo = (_, time) => time } = options;
  const { widths, attention, depth, patch, heads, timeWidth } = config;
  const context = contextTokens(
    scope.at("context"),
    inputs,
    config.contextTokens,
    config.contextWidth,
  );
  const time = add(
    timeEmbedding(scope.at("time"), timestep, timeWidth),
    linear(scope.at("pooled"), condition, timeWidth),
  );
  const vector = silu(addTo(scope, time));

  let h = conv(scope.at("stem"), patch > 1 ? pixelUnshuffle(z, patch) : z, widths[0]!);
  if (config.position) h = addPosition(scope.at("position"), h);
  const skips: Value[] = [];
  for (const [level, width] of widths.entries()) {
    const down = scope.at("down").at(level);
    if (level > 0) h = conv(down.at("sample"), pixelUnshuffle(h, 2), width, { kernel: 1 });
    for (let index = 0; index < depth; index++) {
      const block = down.at(index);
      h = residualBlock(block.at("residual"), h, width, vector);
      if (attention[level]) h = spatialTransformer(block.at("attention"), h, { ...context, heads });
      h = after(block, h, { part: "down", level, index });
      skips.push(h);
    }
  }
  const deepest = widths.at(-1)!;
  h = residualBlock(scope.at("middle").at("residual"), h, deepest, vector);
  h = spatialTransformer(scope.at("middle").at("attention"), h, { ...context, heads });
  h = after(scope.at("middle"), h, { part: "middle", level: widths.length - 1, index: 0 });
  for (const [level, width] of [...widths.entries()].reverse()) {
    const up = scope.at("up").at(level);
    for (let index = 0; index < depth; index++) {
      const block = up.at(index);
      h = residualBlock(block.at("residual"), joinChannels(h, skips.pop()!), width, vector);
      if (attention[level]) h = spatialTransformer(block.at("attention"), h, { ...context, heads });
      h = after(block, h, { part: "up", level, index });
    }
    if (level > 0) {
      h = pixelShuffle(conv(up.at("sample"), h, 4 * widths[level - 1]!, { kernel: 1 }), 2);
    }
  }
  h = silu(normalizeGroups(scope.at("norm"), h));
  const channels = z.shape[1]! * patch * patch;
  h = conv(scope.at("out"), h, channels, { init: "zeros" });
  return patch > 1 ? pixelShuffle(h, patch) : h;
}

/** Adds an embedding of its row and one of its column to every pixel. */
function addPosition(scope: Scope, x: Value): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const row = scope.parameter("row", [1, channels, height, 1], { deviation: 0.1 });
  const column = scope.parameter("column", [1, channels, 1, width], { deviation: 0.1 });
  return add(x, add(row, column));
}
