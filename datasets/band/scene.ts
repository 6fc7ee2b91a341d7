import { type Random, random } from "@codi/core/random";
import { COLOR_NAMES, type ColorName, type Rgb, SHADE_JITTER } from "./colors.ts";
import {
  type Contour,
  CONTOURS,
  heldOutColor,
  heldOutMelody,
  isHeldOutRhythm,
} from "./held_out.ts";
import { type Rhythm, rhythmsOf, STROKE_COUNTS, type StrokeCount } from "./rhythms.ts";
import { type StyleName, STYLES, stylesOf } from "./styles.ts";
import { THING_NAMES, type ThingName, thingOf } from "./things.ts";

/** A part of the data set; {@linkcode scene} says what each holds. */
export type Split = "train" | "test" | "held-out" | "unseen-style";

/** Every split, in a fixed order. */
export const SPLITS: readonly Split[] = ["train", "test", "held-out", "unseen-style"];

/** Where in its range a pitched thing plays. */
export type Register = "low" | "middle" | "high";

/** The three registers, in a fixed order. */
export const REGISTERS: readonly Register[] = ["low", "middle", "high"];

/** Where and how large a thing is drawn: nuisance, never mentioned. */
export interface Placement {
  /** The longest side of the upright drawing, in pixels of a 64×64 picture. */
  readonly size: number;
  /** The tilt in degrees, clockwise. */
  readonly tilt: number;
  /** The horizontal place, from −1 (as far left as fits) to 1; scenes stay within ±0.4. */
  readonly x: number;
  /** The vertical place, from −1 (as far up as fits) to 1; scenes stay within ±0.4. */
  readonly y: number;
}

/** How the strokes are played beside what is mentioned: nuisance. */
export interface Performance {
  /** How hard each stroke is played, from 0 to 1. */
  readonly velocities: readonly number[];
  /** Which of the thing's recordings is played, from 0 to 1. */
  readonly take: number;
  /** Where within the register the strokes lie, from 0 to 1. */
  readonly pitch: number;
}

/** One scene of the band: every factor that any modality shows, and the nuisances. */
export interface Scene {
  /** The split it was drawn from. */
  readonly split: Split;
  /** Its number in the split. */
  readonly index: number;
  /** The seed of the data set. */
  readonly seed: number;
  /** What is seen and heard. */
  readonly thing: ThingName;
  /** The art set that draws it. */
  readonly style: StyleName;
  /** The background colour. */
  readonly color: ColorName;
  /** The number of strokes. */
  readonly count: StrokeCount;
  /** How the pitch moves; undefined for things without pitch and for a single stroke. */
  readonly contour: Contour | undefined;
  /** Where in the thing's range it plays; undefined for things without pitch. */
  readonly register: Register | undefined;
  /** The slots that hold a stroke. */
  readonly rhythm: Rhythm;
  /** Where the thing is drawn. */
  readonly placement: Placement;
  /** How far the background's shade strays from the named colour, per channel, of 255. */
  readonly shade: Rgb;
  /** How the strokes are played. */
  readonly performance: Performance;
}

/** What {@linkcode scene} may be restricted to. */
export interface SceneOptions {
  /**
   * The seed of the data set.
   *
   * @default {0}
   */
  readonly seed?: number;
  /**
   * The things to choose from.
   *
   * @default {THING_NAMES}
   */
  readonly things?: readonly ThingName[];
  /**
   * The drawing styles to choose from. Those that do not belong to the split are ignored.
   *
   * @default {STYLES}
   */
  readonly styles?: readonly StyleName[];
  /**
   * The background colours to choose from.
   *
   * @default {COLOR_NAMES}
   */
  readonly colors?: readonly ColorName[];
}

const TRAINING: ReadonlySet<string> = new Set(
  STYLES.filter((style) => style.training).map((style) => style.name),
);

/**
 * One of the values for which `allowed` holds, all equally likely. Every value draws a rank and the
 * highest allowed one wins, so that allowing fewer values changes nothing where the winner stays.
 */
function pick<T>(stream: Random, values: readonly T[], allowed: (value: T) => boolean): T {
  let winner: T | undefined;
  let highest = -1;
  for (const value of values) {
    const rank = stream.uniform();
    if (rank > highest && allowed(value)) {
      winner = value;
      highest = rank;
    }
  }
  return winner!;
}

const all = (): boolean => true;

const between = (stream: Random, low: number, high: number): number =>
  low + (high - low) * stream.uniform();

/**
 * The scene with a given number. It depends on nothing but the arguments, and each factor is drawn
 * from a key of its own: restricting one leaves the others as they were wherever the values allow.
 * The thing is drawn evenly first, then a style among those that draw it.
 *
 * - `train` holds no held-out (thing, colour), no held-out (thing, count, contour) and no held-out
 *   rhythm, and only training styles.
 * - `test` has the same combinations, but other scenes.
 * - `held-out` has only held-out combinations: the thing's held-out colour, for a pitched thing its
 *   held-out count and contour, and a held-out rhythm of that count. Training styles.
 * - `unseen-style` is as `test`, drawn in the two art sets that are never trained on.
 *
 * @param split The part of the data set.
 * @param index The scene's number, any whole number from 0.
 * @param options The seed, and what to restrict the choice to.
 * @returns The scene.
 * @throws {RangeError} If the index is not a whole number from 0, or if nothing is left to choose from.
 *
 * @example The first training scene with a guitar
 * ```ts
 * import { scene } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * const first = scene("train", 0, { things: ["guitar"] });
 * assertEquals(first.thing, "guitar");
 * assertEquals(first, scene("train", 0, { things: ["guitar"] }));
 * ```
 */
export function scene(split: Split, index: number, options: SceneOptions = {}): Scene {
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new RangeError(`Cannot draw scene "${index}": it takes a whole number from 0`);
  }
  const { seed = 0, things, styles, colors } = options;
  const held = split === "held-out";
  const stream = (factor: string) => random("band", seed, split, index, factor);

  const styleFits = (style: StyleName) =>
    TRAINING.has(style) === (split !== "unseen-style") && (styles?.includes(style) ?? true);
  const colorFits = (name: ThingName, color: ColorName) =>
    (heldOutColor(name) === color) === held && (colors?.includes(color) ?? true);
  const thingFits = (name: ThingName) =>
    (things?.includes(name) ?? true) && stylesOf(name).some(styleFits) &&
    COLOR_NAMES.some((color) => colorFits(name, color));

  const thing = pick(stream("thing"), THING_NAMES, thingFits);
  if (thing === undefined) {
    throw new RangeError(
      `Cannot draw a scene of split "${split}": no thing fits the things, styles and colours asked for`,
    );
  }
  const drawn = stylesOf(thing);
  const style = pick(
    stream("style"),
    STYLES,
    ({ name }) => drawn.includes(name) && styleFits(name),
  ).name;
  const color = pick(stream("color"), COLOR_NAMES, (value) => colorFits(thing, value));

  const { pitched } = thingOf(thing);
  const melody = heldOutMelody(thing);
  const count = held && melody !== undefined
    ? melody.count
    : pick(stream("count"), STROKE_COUNTS, all);
  const contour = pitched && count >= 2
    ? pick(
      stream("contour"),
      CONTOURS,
      (value) => (melody?.count === count && melody.contour === value) === held,
    )
    : undefined;
  const register = pitched ? pick(stream("register"), REGISTERS, all) : undefined;
  const rhythm = pick(stream("rhythm"), rhythmsOf(count), (r) => isHeldOutRhythm(r) === held);

  const place = stream("placement");
  const jitter = stream("shade");
  const play = stream("performance");
  const shade = () => jitter.integer(2 * SHADE_JITTER + 1) - SHADE_JITTER;
  return {
    split,
    index,
    seed,
    thing,
    style,
    color,
    count,
    contour,
    register,
    rhythm,
    placement: {
      size: between(place, 44, 54),
      tilt: between(place, -6, 6),
      x: between(place, -0.4, 0.4),
      y: between(place, -0.4, 0.4),
    },
    shade: [shade(), shade(), shade()],
    performance: {
      take: play.uniform(),
      pitch: play.uniform(),
      velocities: Array.from({ length: count }, () => between(play, 0.6, 1)),
    },
  };
}
