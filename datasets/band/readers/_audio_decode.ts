import { type Contour, CONTOURS } from "../held_out.ts";
import { type Rhythm, rhythmsOf, STROKE_COUNTS, type StrokeCount } from "../rhythms.ts";
import type { Register } from "../scene.ts";
import { CONTOUR_INTERVALS, registerOfKeys } from "../sound/strokes.ts";
import { type ThingName, thingOf } from "../things.ts";
import { KEYS, LOWEST_KEY } from "./_audio_network.ts";

/** So improbable a key does not rule a melody out by itself. */
const DOUBT = 1e-3;

/** The pitch of some strokes. */
export interface MelodyReading {
  /** How it moves; undefined for one stroke. */
  readonly contour: Contour | undefined;
  /** Where in the thing's range it lies. */
  readonly register: Register;
  /** The MIDI keys, one for each stroke. */
  readonly keys: readonly number[];
}

/**
 * The likeliest of the band's 270 rhythms.
 *
 * @param onsets [16], the probability that a stroke begins in each slot.
 */
export function likeliestRhythm(onsets: Float32Array): { rhythm: Rhythm; count: StrokeCount } {
  const odds = Float64Array.from(onsets, (p) => Math.log((p + 1e-6) / (1 - p + 1e-6)));
  let best: { rhythm: Rhythm; count: StrokeCount } | undefined;
  let highest = -Infinity;
  for (const count of STROKE_COUNTS) {
    for (const rhythm of rhythmsOf(count)) {
      const sum = rhythm.reduce((total, slot) => total + odds[slot]!, 0);
      if (sum > highest) {
        highest = sum;
        best = { rhythm, count };
      }
    }
  }
  return best!;
}

/**
 * The likeliest of a pitched thing's melodies: each key of its range to begin with, and each contour.
 *
 * @param thing The thing.
 * @param rhythm The slots of the strokes.
 * @param keys [16, 56], the probability of each key in each slot.
 */
export function likeliestMelody(
  thing: ThingName,
  rhythm: Rhythm,
  keys: Float32Array,
): MelodyReading {
  const [low, high] = thingOf(thing).sound.keys!;
  const count = rhythm.length as StrokeCount;
  const likelihood = (slot: number, key: number) =>
    Math.log(keys[slot * KEYS + key - LOWEST_KEY]! + DOUBT);
  let best: MelodyReading | undefined;
  let highest = -Infinity;
  for (const contour of count > 1 ? CONTOURS : [undefined]) {
    const direction = contour === "rising" ? 1 : contour === "falling" ? -1 : 0;
    const step = direction * CONTOUR_INTERVALS[count];
    for (let first = low; first <= high; first++) {
      const last = first + step * (count - 1);
      if (last < low || last > high) continue;
      const played = rhythm.map((_, i) => first + i * step);
      const sum = played.reduce((total, key, i) => total + likelihood(rhythm[i]!, key), 0);
      if (sum > highest) {
        highest = sum;
        best = { contour, register: registerOfKeys(thing, played), keys: played };
      }
    }
  }
  return best!;
}
