import type { Random } from "@codi/core/random";
import { PICTURE_SIDE } from "../draw.ts";
import type { Scene } from "../scene.ts";
import type { Degradation } from "./degrade.ts";

const SIDE = PICTURE_SIDE;
const PLANE = SIDE * SIDE;

const between = (stream: Random, low: number, high: number): number =>
  low + (high - low) * stream.uniform();

/** A mild degradation, such as a generated picture shows; a third of all pictures stay as they are. */
export function randomDegradation(stream: Random): Degradation {
  if (stream.uniform() < 1 / 3) return {};
  const contrast = between(stream, 0.8, 1.1);
  const channel = () => contrast * between(stream, 0.93, 1.07);
  const brightness = between(stream, -0.08, 0.08);
  const tint = () => brightness + between(stream, -0.05, 0.05);
  return {
    blur: stream.uniform() < 0.5 ? between(stream, 0.3, 1.2) : 0,
    gain: [channel(), channel(), channel()],
    shift: [tint(), tint(), tint()],
    noise: stream.uniform() < 0.5 ? between(stream, 0, 0.15) : 0,
  };
}

/** The scene with its thing smaller or larger and more tilted than scenes have it. */
export function misplace(scene: Scene, stream: Random): Scene {
  const placement = {
    ...scene.placement,
    size: between(stream, 34, 58),
    tilt: between(stream, -25, 25),
  };
  return { ...scene, placement };
}

/**
 * Changes what a picture's thing is not told by, in place: turns all hues and pales or deepens them,
 * mirrors half of the pictures and covers a patch of half of them.
 *
 * @param picture Three planes of 64×64 values in [−1, 1].
 */
export function distort(picture: Float32Array, stream: Random): void {
  recolor(picture, between(stream, -Math.PI, Math.PI), between(stream, 0.2, 1.3));
  if (stream.uniform() < 0.5) {
    for (let row = 0; row < 3 * SIDE; row++) {
      picture.subarray(row * SIDE, (row + 1) * SIDE).reverse();
    }
  }
  if (stream.uniform() < 0.5) cover(picture, stream);
}

/** Turns colours around the gray axis and scales their distance from it. */
function recolor(picture: Float32Array, angle: number, saturation: number): void {
  const [cos, sin] = [Math.cos(angle) * saturation, Math.sin(angle) * saturation / Math.sqrt(3)];
  for (let i = 0; i < PLANE; i++) {
    const [red, green, blue] = [picture[i]!, picture[PLANE + i]!, picture[2 * PLANE + i]!];
    const gray = (red + green + blue) / 3;
    picture[i] = gray + cos * (red - gray) + sin * (blue - green);
    picture[PLANE + i] = gray + cos * (green - gray) + sin * (red - blue);
    picture[2 * PLANE + i] = gray + cos * (blue - gray) + sin * (green - red);
  }
}

/** Paints a rectangle of up to 20 pixels a side (DeVries and Taylor, 2017). */
function cover(picture: Float32Array, stream: Random): void {
  const [width, height] = [6 + stream.integer(15), 6 + stream.integer(15)];
  const [left, top] = [stream.integer(SIDE - width), stream.integer(SIDE - height)];
  for (let c = 0; c < 3; c++) {
    const value = between(stream, -1, 1);
    for (let y = top; y < top + height; y++) {
      const start = c * PLANE + y * SIDE + left;
      picture.fill(value, start, start + width);
    }
  }
}
