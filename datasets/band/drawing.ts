import type { StyleName } from "./styles.ts";
import type { ThingName } from "./things.ts";

/** One size of a drawing. */
export interface DrawingLevel {
  /** The length of the square's side in pixels, without the border. */
  readonly side: number;
  /**
   * Premultiplied RGBA bytes of `side + 2` rows and columns: the square with a transparent border of
   * one pixel, so that interpolation needs no bounds checks.
   */
  readonly pixels: Uint8Array;
}

/** A rasterised drawing, trimmed to its content and centred in a square. */
export interface Drawing {
  /** The thing drawn. */
  readonly thing: ThingName;
  /** The art set it comes from. */
  readonly style: StyleName;
  /** The width of the content, from 0 to 1, where the longer side is 1. */
  readonly width: number;
  /** The height of the content, from 0 to 1, where the longer side is 1. */
  readonly height: number;
  /** The drawing at full size and at half of it. */
  readonly levels: readonly DrawingLevel[];
}

/** A picture of a drawing's content alone. */
export interface DrawingPixels {
  /** The width in pixels. */
  readonly width: number;
  /** The height in pixels. */
  readonly height: number;
  /** Premultiplied RGBA bytes, row by row. */
  readonly pixels: Uint8Array;
}

/** The mean of each 2×2 block of pixels; the border stays transparent. */
function halve({ side, pixels }: DrawingLevel): DrawingLevel {
  const half = side >> 1;
  const row = 4 * (side + 2);
  const out = new Uint8Array(4 * (half + 2) * (half + 2));
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const from = (2 * y + 1) * row + 4 * (2 * x + 1);
      const to = 4 * ((y + 1) * (half + 2) + x + 1);
      for (let c = 0; c < 4; c++) {
        const i = from + c;
        out[to + c] = (pixels[i]! + pixels[i + 4]! + pixels[i + row]! + pixels[i + row + 4]! + 2) >>
          2;
      }
    }
  }
  return { side: half, pixels: out };
}

/**
 * A drawing from the pixels of its content.
 *
 * @param thing The thing drawn.
 * @param style The art set.
 * @param content The pixels; the longer side must be even.
 * @returns The drawing, squared and with its smaller level.
 * @throws {RangeError} If the number of bytes does not fit the size, or the longer side is odd.
 */
export function drawing(thing: ThingName, style: StyleName, content: DrawingPixels): Drawing {
  const { width, height, pixels } = content;
  const side = Math.max(width, height);
  if (pixels.length !== 4 * width * height || side % 2 !== 0 || side === 0) {
    throw new RangeError(
      `Cannot make a drawing of "${thing}" from ${pixels.length} bytes: ${width}×${height} pixels ` +
        `take ${4 * width * height}, and the longer side must be even`,
    );
  }
  const padded = new Uint8Array(4 * (side + 2) * (side + 2));
  const left = 1 + ((side - width) >> 1);
  const top = 1 + ((side - height) >> 1);
  for (let y = 0; y < height; y++) {
    padded.set(
      pixels.subarray(4 * y * width, 4 * (y + 1) * width),
      4 * ((top + y) * (side + 2) + left),
    );
  }
  const level = { side, pixels: padded };
  return {
    thing,
    style,
    width: width / side,
    height: height / side,
    levels: [level, halve(level)],
  };
}
