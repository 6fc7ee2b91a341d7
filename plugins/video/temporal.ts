import {
  add,
  attention,
  concat,
  gelu,
  mapToSequences,
  pad,
  reshape,
  sequencesToMap,
  slice,
  split,
  type Value,
} from "@codi/core/graph";
import { linear, normalizeLayer, type Scope } from "@codi/core/nn";
import { FRAME_COUNT } from "./clip.ts";
import type { TemporalConfig } from "./config.ts";

/**
 * The layers along time that make a UNet of pictures one of clips (CoDi, section 3.3): attention of
 * each pixel across the frames, and a shift of channel groups by a frame (Latent-Shift, An et al.,
 * 2023). Each is residual and starts without effect, so that frames begin as pictures.
 *
 * @param scope Names the layers `attention` and `shift`.
 * @param map The frames of clips one after another, [clips · frames, channels, height, width].
 * @param condition What the layers know of the condition, [clips, any width].
 * @param config Widths and heads.
 * @returns The shape of the map.
 */
export function temporalBlock(
  scope: Scope,
  map: Value,
  condition: Value,
  config: TemporalConfig,
): Value {
  const [, channels, height, width] = map.shape as [number, number, number, number];
  const clips = condition.shape[0]!;
  const x = mapToSequences(map, FRAME_COUNT); // [pixels · clips, frames, channels]
  const position = scope.parameter("position", [FRAME_COUNT, channels], { deviation: 0.5 });
  const known = add(
    reshape(linear(scope.at("condition"), condition, channels), [clips, 1, channels]),
    position,
  ); // [clips, frames, channels]
  const placed = (layer: Scope, tokens: Value) => {
    const normal = normalizeLayer(layer.at("norm"), tokens);
    const ofClips = reshape(normal, [height * width, clips, FRAME_COUNT, channels]);
    return reshape(add(ofClips, known), x.shape);
  };
  const attended = add(
    x,
    temporalAttention(scope.at("attention"), placed(scope.at("attention"), x), config),
  );
  const shifted = latentShift(scope.at("shift"), placed(scope.at("shift"), attended), config);
  return sequencesToMap(add(attended, shifted), height, width);
}

/** Attention across frames, narrower than its tokens; it starts as zeros. */
function temporalAttention(scope: Scope, tokens: Value, config: TemporalConfig): Value {
  const { width, heads } = config;
  const project = (name: string) => linear(scope.at(name), tokens, width, { bias: false });
  const mixed = attention(project("query"), project("key"), project("value"), { heads });
  return linear(scope.at("out"), mixed, tokens.shape.at(-1)!, { init: "zeros" });
}

/** A feed-forward layer, two thirds of whose hidden channels come from the frames beside. */
function latentShift(scope: Scope, tokens: Value, { shiftWidth }: TemporalConfig): Value {
  const hidden = linear(scope.at("in"), tokens, shiftWidth);
  const third = Math.floor(shiftWidth / 3);
  const [before, after, own] = split(hidden, [third, third, shiftWidth - 2 * third], 2);
  const moved = concat([shiftFrames(before!, 1), shiftFrames(after!, -1), own!], 2);
  return linear(scope.at("out"), gelu(moved), tokens.shape.at(-1)!, { init: "zeros" });
}

/**
 * Frames later or earlier, zeros where there are none.
 *
 * @param x [batch, frames, ...].
 * @param by How many frames later; earlier if negative.
 * @returns The shape of x.
 */
export function shiftFrames(x: Value, by: number): Value {
  const length = x.shape[1]!;
  return by > 0
    ? pad(slice(x, 1, 0, length - by), 1, by, 0)
    : pad(slice(x, 1, -by, length), 1, 0, -by);
}
