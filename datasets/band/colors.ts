/** The name of a background colour. */
export type ColorName =
  | "red"
  | "orange"
  | "yellow"
  | "green"
  | "blue"
  | "purple"
  | "pink"
  | "gray";

/** Red, green and blue, each from 0 to 255, sRGB. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The exact shade of every background colour: soft, so that things stand out. */
export const COLORS: Readonly<Record<ColorName, Rgb>> = {
  red: [206, 62, 74],
  orange: [232, 126, 44],
  yellow: [248, 230, 130],
  green: [106, 184, 108],
  blue: [92, 144, 226],
  purple: [148, 102, 196],
  pink: [246, 172, 202],
  gray: [160, 162, 166],
};

/** The names of the eight background colours, in a fixed order. */
export const COLOR_NAMES: readonly ColorName[] = [
  "red",
  "orange",
  "yellow",
  "green",
  "blue",
  "purple",
  "pink",
  "gray",
];

/** How far a scene's shade may stray from the named one, per channel, of 255. */
export const SHADE_JITTER = 6;

/**
 * Names the background colour nearest to a shade.
 *
 * @param rgb The shade, each channel from 0 to 255.
 * @returns The name of the colour with the smallest Euclidean distance in sRGB.
 *
 * @example The name of a shade
 * ```ts
 * import { nearestColor } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nearestColor([100, 140, 220]), "blue");
 * ```
 */
export function nearestColor(rgb: Rgb): ColorName {
  let best: ColorName = "red";
  let least = Infinity;
  for (const name of COLOR_NAMES) {
    const shade = COLORS[name];
    const distance = (rgb[0] - shade[0]) ** 2 + (rgb[1] - shade[1]) ** 2 + (rgb[2] - shade[2]) ** 2;
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}
