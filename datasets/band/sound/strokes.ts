import type { Contour } from "../held_out.ts";
import type { StrokeCount } from "../rhythms.ts";
import { type Register, REGISTERS, type Scene } from "../scene.ts";
import { type ThingName, thingOf } from "../things.ts";

/** What plays a stroke: a program of the sound bank, or its drum kit. */
export type SoundSource =
  | { readonly kind: "program"; readonly bank: number; readonly program: number }
  | { readonly kind: "drum" };

/** One stroke of a scene, ready to be played. */
export interface Stroke {
  /** The slot it begins in, from 0 to 15. */
  readonly slot: number;
  /** What plays it. */
  readonly source: SoundSource;
  /** The MIDI key: a pitch, or a drum. */
  readonly key: number;
  /** How loud it is, from 0 to 1. */
  readonly velocity: number;
}

/**
 * By how many semitones each stroke of a rising or falling scene moves, for each number of strokes:
 * few enough that the strokes' mean can lie in any register.
 */
export const CONTOUR_INTERVALS: Readonly<Record<StrokeCount, number>> = { 1: 0, 2: 5, 3: 4, 4: 3 };

const DIRECTIONS: Readonly<Record<Contour, number>> = { steady: 0, rising: 1, falling: -1 };

/** How far a mean key stays away from the border to the next register, in semitones. */
const guardOf = (range: number): number => 1 + range / 48;

/** The keys that a thing's programs may play. */
function rangeOf(thing: ThingName): readonly [low: number, high: number] {
  const { keys } = thingOf(thing).sound;
  if (keys === undefined) {
    throw new RangeError(`Cannot find the keys of "${thing}": only drum keys sound like it`);
  }
  return keys;
}

/**
 * The register in which keys lie: the third of the thing's range that holds their mean. The scenes'
 * means keep 1½ to 2 semitones from the borders, less half a semitone of rounding.
 *
 * @param thing The thing.
 * @param keys The MIDI keys of its strokes, at least one.
 * @returns The register.
 * @throws {RangeError} If there are no keys, or only drum keys sound like the thing.
 */
export function registerOfKeys(thing: ThingName, keys: readonly number[]): Register {
  if (keys.length === 0) {
    throw new RangeError(`Cannot find the register of "${thing}": it takes at least one key`);
  }
  const [low, high] = rangeOf(thing);
  const mean = keys.reduce((sum, key) => sum + key, 0) / keys.length;
  const third = Math.floor(3 * (mean - low) / (high - low));
  return REGISTERS[Math.min(2, Math.max(0, third))]!;
}

function pitchedKeys(scene: Scene, register: Register): number[] {
  const { thing, count, contour = "steady", performance: { pitch } } = scene;
  const [low, high] = rangeOf(thing);
  const third = (high - low) / 3;
  const guard = guardOf(high - low);
  const index = REGISTERS.indexOf(register);
  const step = DIRECTIONS[contour] * CONTOUR_INTERVALS[count];
  const reach = Math.abs(step) * (count - 1) / 2;
  const lowest = Math.max(low + reach, low + index * third + (index > 0 ? guard : 0));
  const highest = Math.min(high - reach, low + (index + 1) * third - (index < 2 ? guard : 0));
  const mean = lowest + pitch * (highest - lowest);
  const first = Math.round(mean - step * (count - 1) / 2);
  return Array.from({ length: count }, (_, i) => first + i * step);
}

/**
 * How a scene is played: which recording, and each stroke's slot, key and loudness. Steady strokes
 * repeat a key; rising and falling ones move by {@linkcode CONTOUR_INTERVALS} within the thing's
 * range. A thing without pitch plays one key all along.
 *
 * @param scene The scene.
 * @returns Its strokes, in the order of their slots.
 *
 * @example Three rising strokes of a trumpet
 * ```ts
 * import { type Scene, scene, strokesOf } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * const one = scene("train", 0, { things: ["trumpet"] });
 * const rising: Scene = { ...one, count: 3, contour: "rising", register: "low", rhythm: [0, 4, 8] };
 * const [first, second, third] = strokesOf(rising).map(({ key }) => key);
 * assertEquals([second! - first!, third! - second!], [4, 4]);
 * ```
 */
export function strokesOf(scene: Scene): readonly Stroke[] {
  const { thing, register, count, rhythm, performance: { take, pitch, velocities } } = scene;
  const { programs, keys, drumKeys } = thingOf(thing).sound;
  const choice = Math.floor(take * (programs.length + drumKeys.length));
  const chosen = programs[choice];
  const source: SoundSource = chosen === undefined
    ? { kind: "drum" }
    : { kind: "program", bank: chosen[0], program: chosen[1] };
  let played: readonly number[];
  if (chosen === undefined) {
    played = new Array<number>(count).fill(drumKeys[choice - programs.length]!);
  } else if (register !== undefined) {
    played = pitchedKeys(scene, register);
  } else {
    const [low, high] = keys!;
    played = new Array<number>(count).fill(low + Math.floor(pitch * (high - low + 1)));
  }
  return rhythm.map((slot, i) => ({ slot, source, key: played[i]!, velocity: velocities[i]! }));
}
