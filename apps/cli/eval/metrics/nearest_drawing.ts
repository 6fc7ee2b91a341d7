import {
  type Affine,
  compose,
  type Drawing,
  PICTURE_SIDE,
  type StyleName,
  type ThingName,
} from "@codi/band";
import { readColor } from "@codi/band/readers";
import type { Tensor } from "@codi/core/tensor";

/** The drawing that a picture is most like, wherever it stands in the picture. */
export interface NearestDrawing {
  /** What it draws. */
  readonly thing: ThingName;
  /** The art set. */
  readonly style: StyleName;
  /**
   * How far the picture is from it: the squared difference, of the squares of what both paint on the
   * background. 0 for the drawing itself, about 1 for what has nothing in common with it.
   */
  readonly distance: number;
}

/** Where a drawing is laid: the length of its longer side and its centre in pixels, and its tilt. */
type Place = readonly [size: number, x: number, y: number, tilt: number];

/** Drawings that are laid more carefully after a first look. */
const CLOSE = 6;
/** The first steps of size, x, y and tilt; they are halved again and again. */
const STEPS: Place = [3, 2, 2, 4];
const ROUNDS = 4;
const PLANE = PICTURE_SIDE * PICTURE_SIDE;

/**
 * The drawing that a picture is most like after alignment in size, place and tilt.
 *
 * @param picture [3, 64, 64], values in [−1, 1].
 * @param drawings The drawings to compare it with.
 * @returns The nearest one.
 * @throws {RangeError} If there are no drawings.
 */
export function nearestDrawing(picture: Tensor, drawings: readonly Drawing[]): NearestDrawing {
  if (drawings.length === 0) throw new RangeError("Cannot find the nearest of no drawings");
  const shade = readColor(picture).shade;
  const box = boxOf(picture, shade.map((value) => value / 127.5 - 1));
  const distance = (drawing: Drawing, place: Place) => {
    compose(drawing, affineOf(place), shade, TARGET);
    return apart(picture.data, TARGET.data, shade.map((value) => value / 127.5 - 1));
  };
  const tried = drawings.map((drawing) => {
    const { width, height } = drawing;
    const size = (box.width * width + box.height * height) / (width ** 2 + height ** 2);
    const place: Place = [size, box.x, box.y, 0];
    return { drawing, place, distance: distance(drawing, place) };
  }).sort((a, b) => a.distance - b.distance);
  const [nearest] = tried.slice(0, CLOSE).map((start) => {
    let { place, distance: least } = start;
    for (let round = 0; round < ROUNDS; round++) {
      for (const [axis, step] of STEPS.entries()) {
        for (const sign of [-1, 1]) {
          const moved = place.with(
            axis,
            place[axis]! + sign * step / 2 ** round,
          ) as unknown as Place;
          const reached = distance(start.drawing, moved);
          if (reached < least) [place, least] = [moved, reached];
        }
      }
    }
    return { drawing: start.drawing, distance: least };
  }).sort((a, b) => a.distance - b.distance);
  const { thing, style } = nearest!.drawing;
  return { thing, style, distance: nearest!.distance };
}

const TARGET = {
  data: new Float32Array(3 * PLANE),
  offset: 0,
  planeStride: PLANE,
  width: PICTURE_SIDE,
  height: PICTURE_SIDE,
};

function affineOf([size, e, f, tilt]: Place): Affine {
  const [cos, sin] = [Math.cos(tilt * Math.PI / 180), Math.sin(tilt * Math.PI / 180)];
  return { a: size * cos, b: size * sin, c: -size * sin, d: size * cos, e, f };
}

/** The box around all that is not background; the middle of the picture if there is nothing. */
function boxOf({ data }: Tensor, shade: readonly number[]) {
  const [columns, rows] = [new Uint8Array(PICTURE_SIDE), new Uint8Array(PICTURE_SIDE)];
  for (let i = 0; i < PLANE; i++) {
    const far = Math.hypot(...shade.map((value, c) => data[c * PLANE + i]! - value));
    if (far < 0.3) continue;
    columns[i % PICTURE_SIDE]!++;
    rows[Math.floor(i / PICTURE_SIDE)]!++;
  }
  const span = (counts: Uint8Array): [number, number] => {
    const first = counts.findIndex((count) => count >= 2);
    return first < 0 ? [8, 56] : [first, counts.findLastIndex((count) => count >= 2) + 1];
  };
  const [[left, right], [top, bottom]] = [span(columns), span(rows)];
  return {
    x: (left + right) / 2,
    y: (top + bottom) / 2,
    width: right - left,
    height: bottom - top,
  };
}

function apart(a: Float32Array, b: Float32Array, shade: readonly number[]): number {
  let [difference, painted] = [0, 0];
  shade.forEach((value, c) => {
    for (let i = c * PLANE; i < (c + 1) * PLANE; i++) {
      difference += (a[i]! - b[i]!) ** 2;
      painted += (a[i]! - value) ** 2 + (b[i]! - value) ** 2;
    }
  });
  return painted === 0 ? 0 : difference / painted;
}
