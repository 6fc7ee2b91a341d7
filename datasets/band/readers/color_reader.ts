import type { Tensor } from "@codi/core/tensor";
import { type ColorName, COLORS, nearestColor, type Rgb } from "../colors.ts";

/** What {@linkcode readColor} finds. */
export interface ColorReading {
  /** The named background colour nearest to the shade. */
  readonly color: ColorName;
  /**
   * How far the shade is from the named colour, as a Euclidean distance in sRGB with channels from 0
   * to 255. Real scenes stay below 11; two named colours are at least 68 apart.
   */
  readonly distance: number;
  /** The background's shade, each channel from 0 to 255. */
  readonly shade: Rgb;
}

/** The middle one of some values. */
function median(values: Float32Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Reads the background colour of a picture: the median of its outermost pixels, which no thing of the
 * band reaches, and the name nearest to it. Being a median, it stands noise and, in a generated
 * picture, a thing that covers up to half of the border.
 *
 * @param picture [3, height, width], sRGB values in [−1, 1].
 * @returns The colour, its distance from the named one and the shade itself.
 * @throws {RangeError} If the shape is another.
 *
 * @example A picture of one colour
 * ```ts
 * import { readColor } from "@codi/band/readers";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const gray = tensor([3, 64, 64], new Float32Array(3 * 64 * 64).fill(0.27));
 * assertEquals(readColor(gray).color, "gray");
 * ```
 */
export function readColor(picture: Tensor): ColorReading {
  const [channels, height = 0, width = 0, ...rest] = picture.shape;
  if (channels !== 3 || height < 1 || width < 1 || rest.length > 0) {
    throw new RangeError(
      `Cannot read the colour of a picture of shape [${picture.shape}]: it takes [3, height, width]`,
    );
  }
  const border = Array.from({ length: height * width }, (_, i) => i).filter((i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  const channel = (c: number) => {
    const values = Float32Array.from(border, (i) => picture.data[c * height * width + i]!);
    return (median(values) + 1) * 127.5;
  };
  const shade: Rgb = [channel(0), channel(1), channel(2)];
  const color = nearestColor(shade);
  const named = COLORS[color];
  return {
    color,
    distance: Math.hypot(shade[0] - named[0], shade[1] - named[1], shade[2] - named[2]),
    shade,
  };
}
