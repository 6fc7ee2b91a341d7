import type { Rgb } from "./colors.ts";
import type { Drawing } from "./drawing.ts";

/**
 * Where a drawing goes: maps its coordinates (origin at the centre, longer side 1, y down) to pixels
 * of the picture, `x = a·u + c·v + e` and `y = b·u + d·v + f`.
 */
export interface Affine {
  /** Pixels to the right for one unit to the right. */
  readonly a: number;
  /** Pixels down for one unit to the right. */
  readonly b: number;
  /** Pixels to the right for one unit down. */
  readonly c: number;
  /** Pixels down for one unit down. */
  readonly d: number;
  /** The centre's distance from the picture's left edge, in pixels. */
  readonly e: number;
  /** The centre's distance from the picture's upper edge, in pixels. */
  readonly f: number;
}

/** Where {@linkcode compose} writes: three planes of rows of pixels, values in [−1, 1]. */
export interface PixelTarget {
  /** The values written to. */
  readonly data: Float32Array;
  /** The index of the red plane's first value. */
  readonly offset: number;
  /** The distance from one plane to the next. */
  readonly planeStride: number;
  /** The picture's width in pixels. */
  readonly width: number;
  /** The picture's height in pixels. */
  readonly height: number;
}

/** Samples per pixel and axis. */
const SUPERSAMPLING = 2;

/** The most pixels of a level that one sample may skip before the smaller level takes over. */
const MAX_STEP = 1.75;

/**
 * Fills a picture with a colour and places a drawing on it. Edges are antialiased by 2×2 samples a
 * pixel, each interpolated between the four nearest pixels of the level that fits the size; colours
 * are blended as sRGB values, as browsers do.
 *
 * @param drawing The drawing.
 * @param placement Where it goes.
 * @param background The colour around it, each channel from 0 to 255.
 * @param target Where the pixels are written.
 */
export function compose(
  drawing: Drawing,
  placement: Affine,
  background: Rgb,
  target: PixelTarget,
): void {
  const { a, b, c, d, e, f } = placement;
  const { data, offset, planeStride, width, height } = target;
  const green = offset + planeStride;
  const blue = green + planeStride;
  const shade = background.map((value) => value / 127.5 - 1);
  const [red0, green0, blue0] = [shade[0]!, shade[1]!, shade[2]!];
  data.fill(red0, offset, offset + width * height);
  data.fill(green0, green, green + width * height);
  data.fill(blue0, blue, blue + width * height);

  const determinant = a * d - b * c;
  if (determinant === 0) return;
  const scale = Math.min(Math.hypot(a, b), Math.hypot(c, d));
  const { side, pixels } =
    drawing.levels.find((level) => level.side <= MAX_STEP * SUPERSAMPLING * scale) ??
      drawing.levels.at(-1)!;
  const row = 4 * (side + 2);

  const reachX = (Math.abs(a) * drawing.width + Math.abs(c) * drawing.height) / 2;
  const reachY = (Math.abs(b) * drawing.width + Math.abs(d) * drawing.height) / 2;
  const [left, right] = [
    Math.max(0, Math.floor(e - reachX - 1)),
    Math.min(width, Math.ceil(e + reachX + 1)),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(f - reachY - 1)),
    Math.min(height, Math.ceil(f + reachY + 1)),
  ];

  // Steps through the level, in its pixels, for one sample to the right and one down.
  const factor = side / (determinant * SUPERSAMPLING);
  const [rightU, rightV] = [d * factor, -b * factor];
  const [downU, downV] = [-c * factor, a * factor];
  const edge = 0.5 / SUPERSAMPLING;
  const shift = side / 2 + 0.5; // centre of the drawing, in the bordered level, from pixel centres
  const weight = 1 / (SUPERSAMPLING * SUPERSAMPLING);

  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      let red = 0;
      let greens = 0;
      let blues = 0;
      let alpha = 0;
      for (let sample = 0; sample < SUPERSAMPLING * SUPERSAMPLING; sample++) {
        const dx = (x - e + edge) * SUPERSAMPLING + (sample % SUPERSAMPLING);
        const dy = (y - f + edge) * SUPERSAMPLING + ((sample / SUPERSAMPLING) | 0);
        const u = dx * rightU + dy * downU + shift;
        const v = dx * rightV + dy * downV + shift;
        if (u < 0 || v < 0 || u >= side + 1 || v >= side + 1) continue;
        const column = u | 0;
        const line = v | 0;
        const fractionU = u - column;
        const fractionV = v - line;
        const i = line * row + 4 * column;
        const j = i + row;
        const w11 = fractionU * fractionV;
        const w01 = fractionU - w11;
        const w10 = fractionV - w11;
        const w00 = 1 - fractionU - w10;
        alpha += w00 * pixels[i + 3]! + w01 * pixels[i + 7]! + w10 * pixels[j + 3]! +
          w11 * pixels[j + 7]!;
        red += w00 * pixels[i]! + w01 * pixels[i + 4]! + w10 * pixels[j]! + w11 * pixels[j + 4]!;
        greens += w00 * pixels[i + 1]! + w01 * pixels[i + 5]! + w10 * pixels[j + 1]! +
          w11 * pixels[j + 5]!;
        blues += w00 * pixels[i + 2]! + w01 * pixels[i + 6]! + w10 * pixels[j + 2]! +
          w11 * pixels[j + 6]!;
      }
      if (alpha === 0) continue;
      // The background shows through by 1 − α; both are shifted to [−1, 1], hence the −α.
      const cover = alpha * weight / 255;
      const through = 1 - cover;
      const at = y * width + x;
      data[offset + at] = red0 * through + red * weight / 127.5 - cover;
      data[green + at] = green0 * through + greens * weight / 127.5 - cover;
      data[blue + at] = blue0 * through + blues * weight / 127.5 - cover;
    }
  }
}
