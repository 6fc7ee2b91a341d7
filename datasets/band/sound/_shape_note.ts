/** The longest stroke, in samples at 16 kHz: 0.9 s. */
export const STROKE_SAMPLES = 14_400;

/** How long an onset's loudness is measured over, in samples: 5 ms. */
const ONSET_WINDOW = 80;

/** The share of the loudest moment's amplitude at which a note counts as begun. */
const ONSET_LEVEL = 0.4;

/** How long loudness is measured over to tell a pause from a low note's periods: 20 ms. */
const PAUSE_WINDOW = 320;

/** The share of the loudest moment's amplitude below which there is a pause. */
const PAUSE_LEVEL = 0.2;

/** Up to where the loudest moment is looked for: 1.5 s, which leaves room for the longest stroke. */
const SEARCHED = 24_000;

/** How many samples the attack takes: 2 ms. */
const ATTACK_SAMPLES = 32;

/** The time in which every stroke dies away by a factor of e: 0.5 s. */
const DECAY_SAMPLES = 8000;

/** Below this, 80 dB under the peak, a note is over. */
const SILENCE = 1e-4;

/** The energy of the window that begins at each of the first samples. */
function energiesOf(samples: Float32Array, window: number): Float64Array {
  const energies = new Float64Array(Math.min(SEARCHED, samples.length - window));
  let energy = 0;
  for (let i = 0; i < window; i++) energy += samples[i]! ** 2;
  for (let i = 0; i < energies.length; i++) {
    energies[i] = energy;
    energy += samples[i + window]! ** 2 - samples[i]! ** 2;
  }
  return energies;
}

const maximum = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);

/** Where the burst that holds the loudest moment gets loud; a softer one before it is left out. */
function onsetOf(samples: Float32Array): number {
  const slow = energiesOf(samples, PAUSE_WINDOW);
  const loudest = maximum(slow);
  let start = slow.indexOf(loudest);
  while (start > 0 && slow[start]! > PAUSE_LEVEL ** 2 * loudest) start--;
  const fast = energiesOf(samples, ONSET_WINDOW);
  const level = ONSET_LEVEL ** 2 * maximum(fast);
  while (start < fast.length - 1 && fast[start]! < level) start++;
  return start;
}

/**
 * A stroke from a note as it is held: begun at its onset, with a sharp attack, dying away, with peak
 * 1. Recordings that swell for a second (a helicopter that comes near) thus begin where they are
 * loud, and those that would sound on forever fade.
 */
export function shapeNote(held: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const onset = onsetOf(held);
  const note = held.slice(onset, onset + STROKE_SAMPLES);
  let peak = 0;
  for (let i = 0; i < note.length; i++) {
    note[i]! *= Math.exp(-i / DECAY_SAMPLES) * Math.min(1, i / ATTACK_SAMPLES);
    peak = Math.max(peak, Math.abs(note[i]!));
  }
  let length = 0;
  for (let i = 0; i < note.length; i++) {
    note[i]! /= peak;
    if (Math.abs(note[i]!) > SILENCE) length = i + 1;
  }
  return note.slice(0, length);
}
