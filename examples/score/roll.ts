import { type Tensor, tensor } from "@codi/core/tensor";
import { placeOfThing, SCORE_THINGS } from "./things.ts";

/** Slots of a score: 16 over two seconds, as the shared space has them. */
export const SCORE_SLOTS = 16;
/** MIDI keys: 60 is the C in the middle of a piano. */
export const KEYS = 128;

/** One stroke of a score. */
export interface ScoreStroke {
  /** When it begins, from 0 to 15: an eighth of a second each. */
  readonly slot: number;
  /** Its MIDI key, from 0 to 127; for drums, the key of the drum kit. */
  readonly pitch: number;
}

/** What is played, when and how high: a sample of the modality. */
export interface Score {
  /** The name of what plays, one of the 24 of `SCORE_THINGS`. */
  readonly thing: string;
  /** Its strokes, one or more, at most one a slot, in the order of the slots. */
  readonly strokes: readonly ScoreStroke[];
}

/**
 * Checks that a value is a score.
 *
 * @param score The value.
 * @param action What it is needed for, as messages say it.
 * @throws {RangeError} If it is none; the message says why.
 */
export function requireScore(score: Score, action: string): void {
  const refuse = (reason: string): never => {
    throw new RangeError(`Cannot ${action} a score: ${reason}`);
  };
  if (placeOfThing(score.thing) < 0) {
    const known = SCORE_THINGS.map(({ name }) => name).join(", ");
    refuse(`its thing "${score.thing}" is not one of ${known}`);
  }
  if (score.strokes.length === 0) refuse("there is no stroke in it");
  let last = -1;
  for (const { slot, pitch } of score.strokes) {
    if (!Number.isInteger(slot) || slot <= last || slot >= SCORE_SLOTS) {
      refuse(`its slots must ascend from 0 to ${SCORE_SLOTS - 1}, and "${slot}" follows "${last}"`);
    }
    if (!Number.isInteger(pitch) || pitch < 0 || pitch >= KEYS) {
      refuse(`the pitch "${pitch}" is no MIDI key from 0 to ${KEYS - 1}`);
    }
    last = slot;
  }
}

/**
 * Scores as the networks read them.
 *
 * @param scores One or more.
 * @returns `roll` [batch, 16, 128], 1 where a stroke begins, and `thing` [batch, 24], 1 at the thing.
 * @throws {RangeError} If a value is no score.
 */
export function rollFeeds(scores: readonly Score[]): { roll: Tensor; thing: Tensor } {
  const roll = tensor([scores.length, SCORE_SLOTS, KEYS]);
  const thing = tensor([scores.length, SCORE_THINGS.length]);
  scores.forEach((score, index) => {
    requireScore(score, "read");
    for (const { slot, pitch } of score.strokes) {
      roll.data[(index * SCORE_SLOTS + slot) * KEYS + pitch] = 1;
    }
    thing.data[index * SCORE_THINGS.length + placeOfThing(score.thing)] = 1;
  });
  return { roll, thing };
}

/**
 * The likeliest scores, of at least one stroke each; what only the drum kit plays keeps to its keys.
 *
 * @param slots [batch, 16, 129]: how likely nothing begins in a slot, then each key.
 * @param things [batch, 24]: how likely each thing plays.
 * @returns One score for each.
 */
export function likeliestScores(slots: Tensor, things: Tensor): Score[] {
  return Array.from({ length: slots.shape[0]! }, (_, index) => {
    const size = SCORE_THINGS.length;
    const { name, programs, kit } = SCORE_THINGS[
      largest(things.data.subarray(index * size, (index + 1) * size))
    ]!;
    const allowed = (pitch: number) => programs.length > 0 || kit.includes(pitch);
    const choices = Array.from({ length: SCORE_SLOTS }, (_, slot) => {
      const start = (index * SCORE_SLOTS + slot) * (KEYS + 1);
      const [nothing, ...keys] = slots.data.subarray(start, start + KEYS + 1);
      const pitch = largest(keys.map((value, key) => allowed(key) ? value : -Infinity));
      // Whether something begins is asked of all keys together: they share what is likely.
      const peak = Math.max(...keys);
      const any = peak + Math.log(keys.reduce((sum, value) => sum + Math.exp(value - peak), 0));
      return { slot, pitch, margin: any - nothing! };
    });
    const strokes = choices.filter(({ margin }) => margin > 0);
    if (strokes.length === 0) strokes.push(choices[largest(choices.map((one) => one.margin))]!);
    return { thing: name, strokes: strokes.map(({ slot, pitch }) => ({ slot, pitch })) };
  });
}

/** The place of the largest of some numbers. */
function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
