import { type Tensor, tensor } from "@codi/core/tensor";
import type { Art } from "./art.ts";
import { drawScene, PICTURE_SIDE, type Pose } from "./draw.ts";
import { SLOTS, type StrokeCount } from "./rhythms.ts";
import type { Scene } from "./scene.ts";

/** The frames of a clip, one for each slot of the scene's two seconds. */
export const CLIP_FRAMES: number = SLOTS;

/** The frames of a clip in each second. */
export const FRAME_RATE = 8;

/**
 * How high the strokes of a rising scene make the thing hop, in pixels. They are whole, so that a
 * lifted thing has the same pixels as one at rest.
 */
export const HOP_HEIGHTS: Readonly<Record<StrokeCount, readonly number[]>> = {
  1: [10],
  2: [6, 14],
  3: [6, 10, 14],
  4: [5, 8, 11, 14],
};

/** How high every stroke makes the thing hop that has no contour, or a steady one, in pixels. */
export const STEADY_HOP = 10;

/** The share of its height that a hop has reached in its first frame. */
const TAKE_OFF = 0.6;

/** The height of the thing when it lands, as a factor. */
const LANDING = 0.8;

/** Rows kept free above the thing in every clip, whatever its hops, so that they tell nothing. */
const HEADROOM = 14;

const REST: Pose = { headroom: HEADROOM };

/**
 * How the thing of a scene stands in each frame of its clip. It hops once for each stroke: it is on
 * its way up in the frame of the stroke's slot, at the top in the next, squashed by the landing in
 * the one after, and still otherwise. A rising contour makes the hops higher and higher, a falling one
 * lower and lower; all others are {@linkcode STEADY_HOP} pixels high.
 *
 * @param scene The scene.
 * @returns The 16 poses; equal ones are one object.
 *
 * @example A single stroke
 * ```ts
 * import { clipPoses, type Scene, scene } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * const one: Scene = { ...scene("train", 0), count: 1, contour: undefined, rhythm: [2] };
 * const lifts = clipPoses(one).map(({ lift = 0 }) => lift);
 * assertEquals(lifts.slice(0, 6), [0, 0, 6, 10, 0, 0]);
 * ```
 */
export function clipPoses({ count, contour, rhythm }: Scene): readonly Pose[] {
  const poses = new Array<Pose>(CLIP_FRAMES).fill(REST);
  const landing: Pose = { headroom: HEADROOM, squash: LANDING };
  const rising = HOP_HEIGHTS[count];
  rhythm.forEach((slot, i) => {
    const height = contour === "rising"
      ? rising[i]!
      : contour === "falling"
      ? rising[count - 1 - i]!
      : STEADY_HOP;
    poses[slot] = { headroom: HEADROOM, lift: Math.round(TAKE_OFF * height) };
    poses[slot + 1] = { headroom: HEADROOM, lift: height };
    poses[slot + 2] = landing;
  });
  return poses;
}

/**
 * The clip of a scene: its thing on its background, hopping at every stroke ({@linkcode clipPoses}).
 * Nothing else moves.
 *
 * @param scene The scene.
 * @param art The loaded drawings.
 * @returns A float32 tensor [16, 3, 64, 64]: frames at 8 a second, sRGB values in [−1, 1].
 * @throws {RangeError} If the scene's drawing was not loaded.
 *
 * @example The clip of the first training scene
 * ```ts
 * import { drawClip, openArt, scene } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * const only = { things: ["guitar"], styles: ["twemoji"] } as const;
 * const clip = drawClip(scene("train", 0, only), await openArt(only));
 * assertEquals(clip.shape, [16, 3, 64, 64]);
 * ```
 */
export function drawClip(scene: Scene, art: Art): Tensor {
  const clip = tensor([CLIP_FRAMES, 3, PICTURE_SIDE, PICTURE_SIDE]);
  const values = 3 * PICTURE_SIDE * PICTURE_SIDE;
  const drawn = new Map<string, number>();
  clipPoses(scene).forEach((pose, frame) => {
    const offset = frame * values;
    const key = `${pose.lift} ${pose.squash}`;
    const equal = drawn.get(key);
    if (equal === undefined) {
      drawScene(scene, art, clip.data, { ...pose, offset });
      drawn.set(key, offset);
    } else {
      clip.data.copyWithin(offset, equal, equal + values);
    }
  });
  return clip;
}
