import { type Tensor, tensor } from "@codi/core/tensor";
import type { Art } from "./art.ts";
import { COLORS, type Rgb } from "./colors.ts";
import { type Affine, compose } from "./compose.ts";
import type { Drawing } from "./drawing.ts";
import type { Scene } from "./scene.ts";

/** The width and height of a picture, in pixels. */
export const PICTURE_SIDE = 64;

/** The fewest background pixels between a thing and the picture's edge. */
export const MARGIN = 1;

/** How a thing stands at one moment of a clip. */
export interface Pose {
  /**
   * How far it is lifted above its place, in pixels.
   *
   * @default {0}
   */
  readonly lift?: number;
  /**
   * Its height as a factor of the usual one; its base stays where it is.
   *
   * @default {1}
   */
  readonly squash?: number;
  /**
   * Rows kept free above its place, in pixels, so that it can be lifted by as much and stay inside;
   * a thing too large for the rest is drawn smaller.
   *
   * @default {0}
   */
  readonly headroom?: number;
}

/**
 * The exact background colour of a scene: the named shade and the scene's jitter.
 *
 * @param scene The scene.
 * @returns The colour, each channel from 0 to 255.
 */
export function backgroundOf(scene: Scene): Rgb {
  const [red, green, blue] = COLORS[scene.color];
  return [red + scene.shade[0], green + scene.shade[1], blue + scene.shade[2]];
}

/**
 * Where a scene's drawing goes in a 64×64 picture: scaled, tilted and shifted so that its content
 * box stays {@linkcode MARGIN} pixels inside. Boxes that do not fit are made smaller.
 *
 * @param scene The scene.
 * @param drawing The drawing.
 * @param pose How the thing stands at the moment.
 * @returns The placement.
 */
export function placementOf(scene: Scene, drawing: Drawing, pose: Pose = {}): Affine {
  const { lift = 0, squash = 1, headroom = 0 } = pose;
  const { size, tilt, x, y } = scene.placement;
  const cos = Math.cos(tilt * Math.PI / 180);
  const sin = Math.sin(tilt * Math.PI / 180);
  const reachX = (drawing.width * cos + drawing.height * Math.abs(sin)) / 2;
  const reachY = (drawing.width * Math.abs(sin) + drawing.height * cos) / 2;
  const roomX = PICTURE_SIDE / 2 - MARGIN;
  const roomY = (PICTURE_SIDE - headroom) / 2 - MARGIN;
  const scale = Math.min(size, roomX / reachX, roomY / reachY);
  const centerX = PICTURE_SIDE / 2 + x * (roomX - scale * reachX);
  const centerY = (PICTURE_SIDE + headroom) / 2 + y * (roomY - scale * reachY);
  return {
    a: scale * cos,
    b: scale * sin * squash,
    c: -scale * sin,
    d: scale * cos * squash,
    e: centerX,
    f: centerY + (1 - squash) * scale * reachY - lift,
  };
}

/** Where {@linkcode drawScene} writes, and how the thing stands. */
export interface DrawOptions extends Pose {
  /**
   * The index of the red plane's first value.
   *
   * @default {0}
   */
  readonly offset?: number;
  /**
   * The distance from one colour plane to the next.
   *
   * @default {64 * 64}
   */
  readonly planeStride?: number;
}

/**
 * Draws a scene at one moment into an array: a picture of a batch, or a frame of a clip.
 *
 * @param scene The scene.
 * @param art The loaded drawings.
 * @param data Where three planes of 64×64 values in [−1, 1] are written.
 * @param options Where in the array, and how the thing stands.
 * @throws {RangeError} If the scene's drawing was not loaded.
 */
export function drawScene(
  scene: Scene,
  art: Art,
  data: Float32Array,
  options: DrawOptions = {},
): void {
  const { offset = 0, planeStride = PICTURE_SIDE * PICTURE_SIDE } = options;
  const drawing = art.drawing(scene.thing, scene.style);
  compose(drawing, placementOf(scene, drawing, options), backgroundOf(scene), {
    data,
    offset,
    planeStride,
    width: PICTURE_SIDE,
    height: PICTURE_SIDE,
  });
}

/**
 * The picture of a scene: its thing on its background.
 *
 * @param scene The scene.
 * @param art The loaded drawings.
 * @returns A float32 tensor [3, 64, 64]: red, green and blue planes, sRGB values in [−1, 1].
 * @throws {RangeError} If the scene's drawing was not loaded.
 */
export function drawImage(scene: Scene, art: Art): Tensor {
  const image = tensor([3, PICTURE_SIDE, PICTURE_SIDE]);
  drawScene(scene, art, image.data);
  return image;
}
