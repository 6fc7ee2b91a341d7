import { centered } from "@codi/core/conditioning";
import {
  add,
  concat,
  max,
  mean,
  pixelUnshuffle,
  reshape,
  silu,
  slice,
  sub,
  type Value,
} from "@codi/core/graph";
import { type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import {
  conv,
  linear,
  normalizeGroups,
  normalizeLength,
  residualBlock,
  type Scope,
  transformerBlock,
} from "@codi/core/nn";
import { type Tensor, tensor } from "@codi/core/tensor";
import { FRAME_COUNT, FRAME_SHAPE, FRAME_SIDE, requireClip } from "./clip.ts";
import type { VideoConfig } from "./config.ts";
import { shiftFrames } from "./temporal.ts";
import { framesOf } from "./vae.ts";

const CHANNELS = FRAME_SHAPE[0];
/** Every so many frames one is seen in full. */
const STRIDE = 4;
/** The side of the square of pixels that becomes one where motion is looked at. */
const COARSENESS = 4;

/**
 * The clip embedding before centring (the video prompt encoder C of CoDi, section 3.2): what a few
 * frames show, and how all of them differ. What is seen keeps while it moves, so few frames need their
 * details; motion is as plain in coarse ones.
 *
 * @param scope Names the parameters.
 * @param inputs Full frames `frames` [batch, 4, 3, 64, 64] and coarse ones `coarse`
 * [batch, 16, 3, 16, 16].
 * @param config The sizes.
 * @returns [batch, SPACE_WIDTH], of length 1.
 */
export function clipEmbedding(
  scope: Scope,
  { frames, coarse }: Readonly<Record<string, Value>>,
  { prompt }: VideoConfig,
): Value {
  const seen = appearance(scope.at("appearance"), frames!, prompt);
  const moving = motion(scope.at("motion"), coarse!, prompt);
  return normalizeLength(linear(scope.at("out"), concat([seen, moving], 1), SPACE_WIDTH));
}

/** A residual network over single frames, averaged: [batch, last width]. */
function appearance(scope: Scope, frames: Value, { widths }: VideoConfig["prompt"]): Value {
  let h = conv(scope.at("in"), pixelUnshuffle(framesOf(frames), 4), widths[0]!); // [frames, …, 16, 16]
  for (const [index, width] of widths.slice(1).entries()) {
    const at = scope.at(index);
    h = conv(at.at("sample"), pixelUnshuffle(h, 2), width, { kernel: 1 });
    h = residualBlock(at.at("residual"), h, width);
  }
  h = silu(normalizeGroups(scope.at("norm"), h)); // [frames, …, 4, 4]
  const perFrame = mean(h, [2, 3]);
  return mean(reshape(perFrame, [frames.shape[0]!, -1, widths.at(-1)!]), [1]);
}

/** A transformer over what moves in coarse frames: [batch, 2 · motionWidth]. */
function motion(scope: Scope, coarse: Value, config: VideoConfig["prompt"]): Value {
  const { motionWidth: width, motionBlocks } = config;
  const [batch, frames, ...rest] = coarse.shape as [number, number, ...number[]];
  const flat = reshape(coarse, [batch, frames, -1]);
  // What stays is taken away: the mean frame, and the frame before.
  const first = slice(flat, 1, 0, 1);
  const before = concat([first, slice(flat, 1, 0, frames - 1)], 1);
  const changes = [sub(flat, mean(flat, [1], { keep: true })), sub(flat, before)];
  const maps = concat(changes.map((change) => reshape(change, [batch * frames, ...rest])), 1);
  // Without normalisation, which would hide how far things move.
  let h = silu(conv(scope.at("in"), pixelUnshuffle(maps, 2), 32)); // [batch · frames, 32, 8, 8]
  h = silu(conv(scope.at("sample"), pixelUnshuffle(h, 2), 16, { kernel: 1 })); // […, 16, 4, 4]
  let x = reshape(
    linear(scope.at("frame"), reshape(h, [batch * frames, -1]), width),
    [batch, frames, width],
  );
  const around = concat([shiftFrames(x, 1), x, shiftFrames(x, -1)], 2);
  x = add(x, linear(scope.at("around"), silu(around), width));
  x = add(x, scope.parameter("position", [frames, width], { deviation: 0.5 }));
  for (let index = 0; index < motionBlocks; index++) x = transformerBlock(scope.at(index), x);
  return concat([mean(x, [1]), reshape(max(x, [1]), [batch, width])], 1);
}

/**
 * The video prompt encoder (CoDi, section 3.2).
 *
 * @param config The sizes.
 * @returns Its network and what it is fed.
 */
export function videoPromptEncoder(config: VideoConfig): PromptEncoder<Tensor> {
  const coarse = FRAME_SIDE / COARSENESS;
  return {
    network: {
      name: "video prompt encoder",
      inputs: (batch) => ({
        frames: {
          shape: [batch, FRAME_COUNT / STRIDE, CHANNELS, FRAME_SIDE, FRAME_SIDE],
          dtype: "float32",
        },
        coarse: { shape: [batch, FRAME_COUNT, CHANNELS, coarse, coarse], dtype: "float32" },
      }),
      trace: (scope, inputs) => ({
        embedding: centered(scope, clipEmbedding(scope, inputs, config)),
      }),
    },
    feeds: (clips) => ({ frames: fullFrames(clips), coarse: coarseFrames(clips) }),
  };
}

/** Every fourth frame of clips, [batch, 4, 3, 64, 64]. */
function fullFrames(clips: readonly Tensor[]): Tensor {
  const size = CHANNELS * FRAME_SIDE * FRAME_SIDE;
  const frames = tensor([clips.length, FRAME_COUNT / STRIDE, CHANNELS, FRAME_SIDE, FRAME_SIDE]);
  clips.forEach((clip, index) => {
    requireClip(clip, "read");
    for (let frame = 0; frame < FRAME_COUNT; frame += STRIDE) {
      const place = (index * FRAME_COUNT + frame) / STRIDE;
      frames.data.set(clip.data.subarray(frame * size, (frame + 1) * size), place * size);
    }
  });
  return frames;
}

/** All frames of clips, squares of pixels averaged, [batch, 16, 3, 16, 16]. */
function coarseFrames(clips: readonly Tensor[]): Tensor {
  const side = FRAME_SIDE / COARSENESS;
  const frames = tensor([clips.length, FRAME_COUNT, CHANNELS, side, side]);
  const size = FRAME_COUNT * CHANNELS * side * side;
  clips.forEach(({ data }, index) => {
    const sums = frames.data.subarray(index * size, (index + 1) * size);
    for (let line = 0; line < FRAME_COUNT * CHANNELS * FRAME_SIDE; line++) {
      const row = Math.floor(line / COARSENESS) * side;
      for (let column = 0; column < FRAME_SIDE; column++) {
        sums[row + Math.floor(column / COARSENESS)]! += data[line * FRAME_SIDE + column]!;
      }
    }
  });
  frames.data.forEach((sum, i) => frames.data[i] = sum / (COARSENESS * COARSENESS));
  return frames;
}
