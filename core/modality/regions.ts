import type { Tensor } from "../tensor/mod.ts";
import type { AnyModality } from "./modality.ts";

/**
 * Where a kept part of a sample lies in its latent.
 *
 * @param modality The modality, whose parts are told in words.
 * @param region The part, in its own words.
 * @returns [...latentShape], 1 inside the part and 0 outside.
 * @throws {SyntaxError} If the region cannot be read or lies outside.
 * @throws {RangeError} If nothing of the latent lies inside, or parts are not told in words.
 */
export function regionMaskOf({ name, autoencoder }: AnyModality, region: string): Tensor {
  const mask = autoencoder?.regionMask?.(region);
  if (mask === undefined) {
    throw new RangeError(`Cannot keep "${region}" of "${name}": its parts are told by masks`);
  }
  if (mask.data.some((kept) => kept > 0)) return mask;
  throw new RangeError(
    `Cannot keep "${region}" of "${name}": no part of the latent lies in so little; keep more`,
  );
}

/** From and to, in seconds. */
export type TimeSpan = readonly [from: number, to: number];

/**
 * Reads spans of time, as regions of samples in time say them: `0-1`, or several as `0-0.5+1.5-2`.
 *
 * @param region The spans, in seconds.
 * @param duration How long a sample is, in seconds.
 * @returns From and to of each.
 * @throws {SyntaxError} If a span cannot be read, is empty or lies outside.
 *
 * @example Two spans
 * ```ts
 * import { timeSpans } from "@codi/core/modality";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(timeSpans("0-0.5+1.5-2", 2), [[0, 0.5], [1.5, 2]]);
 * ```
 */
export function timeSpans(region: string, duration: number): TimeSpan[] {
  return region.split("+").map((span): TimeSpan => {
    const found = /^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$/.exec(span);
    const [from, to] = found ? [Number(found[1]), Number(found[2])] : [NaN, NaN];
    if (from < to && to <= duration) return [from, to];
    throw new SyntaxError(
      `Cannot read the region "${region}": it is spans in seconds from 0 to ${duration}, such as 0-1 or 0-0.5+1.5-2`,
    );
  });
}

/** The corners of a box, in pixels from the upper left. */
export interface PixelBox {
  /** The first column inside. */
  readonly left: number;
  /** The first row inside. */
  readonly top: number;
  /** The first column outside. */
  readonly right: number;
  /** The first row outside. */
  readonly bottom: number;
}

/**
 * Reads a box of pixels, as regions of pictures say it: `left,top,right,bottom`.
 *
 * @param region The box.
 * @param width The width of a picture.
 * @param height Its height.
 * @returns The corners; right and bottom are the first pixels outside.
 * @throws {SyntaxError} If the box cannot be read, is empty or lies outside.
 *
 * @example The left half
 * ```ts
 * import { pixelBox } from "@codi/core/modality";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pixelBox("0,0,32,64", 64, 64), { left: 0, top: 0, right: 32, bottom: 64 });
 * ```
 */
export function pixelBox(region: string, width: number, height: number): PixelBox {
  const numbers = region.split(",").map((part) => /^\s*\d+\s*$/.test(part) ? Number(part) : NaN);
  const [left = NaN, top = NaN, right = NaN, bottom = NaN] = numbers;
  if (
    numbers.length === 4 && left < right && right <= width && top < bottom && bottom <= height
  ) return { left, top, right, bottom };
  throw new SyntaxError(
    `Cannot read the region "${region}": it is left,top,right,bottom in pixels within ${width}×${height}, such as 0,0,${
      width / 2
    },${height}`,
  );
}
