import { random } from "@codi/core/random";
import { COLOR_NAMES, type ColorName } from "./colors.ts";
import { type Rhythm, rhythmsOf, STROKE_COUNTS, type StrokeCount } from "./rhythms.ts";
import { THING_NAMES, type ThingName, THINGS } from "./things.ts";

/** How the pitch of a pitched thing's two or more strokes moves. */
export type Contour = "steady" | "rising" | "falling";

/** The three contours, in a fixed order. */
export const CONTOURS: readonly Contour[] = ["steady", "rising", "falling"];

/** A number of strokes and how their pitch moves. */
export interface Melody {
  /** The number of strokes, at least two. */
  readonly count: StrokeCount;
  /** How their pitch moves. */
  readonly contour: Contour;
}

const MELODIES: readonly Melody[] = STROKE_COUNTS.filter((count) => count >= 2)
  .flatMap((count) => CONTOURS.map((contour) => ({ count, contour })));

const HELD_OUT_MELODIES: ReadonlyMap<string, Melody> = new Map(
  THINGS.filter((thing) => thing.pitched)
    .map((thing, i) => [thing.name, MELODIES[(4 * i) % MELODIES.length]!]),
);

/** The share of rhythms that is held out, for every number of strokes. */
export const HELD_OUT_RHYTHMS = 0.15;

const key = (rhythm: Rhythm): string => rhythm.join();

const RHYTHM_KEYS: ReadonlySet<string> = new Set(STROKE_COUNTS.flatMap((count) => {
  const rhythms = rhythmsOf(count);
  const order = random("held-out rhythms", count);
  return rhythms.map((rhythm) => ({ rhythm, rank: order.uniform() }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, Math.round(HELD_OUT_RHYTHMS * rhythms.length))
    .map(({ rhythm }) => key(rhythm));
}));

/**
 * The one background colour on which a thing is never trained. Each colour is held out for three
 * of the 24 things.
 *
 * @param thing The thing.
 * @returns The held-out colour.
 */
export function heldOutColor(thing: ThingName): ColorName {
  return COLOR_NAMES[(3 * THING_NAMES.indexOf(thing) + 1) % COLOR_NAMES.length]!;
}

/**
 * The one combination of stroke count and contour in which a pitched thing is never trained: one of
 * its nine, spread over the things so that each of the nine is held out for one or two of them.
 *
 * @param thing The thing.
 * @returns The held-out combination, or undefined for a thing without pitch.
 */
export function heldOutMelody(thing: ThingName): Melody | undefined {
  return HELD_OUT_MELODIES.get(thing);
}

/**
 * Whether a rhythm is never trained: 15 % of the rhythms of each number of strokes
 * (2 of 14, 10 of 66, 18 of 120, 11 of 70).
 *
 * @param rhythm The slots that hold a stroke.
 * @returns Whether it is held out.
 */
export function isHeldOutRhythm(rhythm: Rhythm): boolean {
  return RHYTHM_KEYS.has(key(rhythm));
}
