import { SLOTS } from "../rhythms.ts";
import { SLOT_SAMPLES, SOUND_RATE } from "../sound/draw_sound.ts";
import { powerSpectrum } from "./_audio_fourier.ts";

/** Short windows in each slot. */
const SHORT_WINDOWS = 4;

/** Bands of equal width in each short window. */
const SHORT_BANDS = 32;

/** What the short windows tell of one slot: when and how broadly it sounds. */
export const SHORT_WIDTH: number = SHORT_WINDOWS * SHORT_BANDS;

/** The MIDI key of the lowest tone band; two bands make a semitone. */
export const LOWEST_TONE = 33;

/** Bands of the long window that begins with each slot: 33 to 116.5 in MIDI keys, 55 to 6 840 Hz. */
export const TONE_WIDTH = 168;

const SHORT = 512;

/** A quarter of a second: the shortest stroke is 0.31 s long, so one fits into it. */
const LONG = 4096;

/** What is 50 dB below the loudest band is not told from silence. */
const FLOOR = 1e-5;

const shortSpectrum = powerSpectrum(SHORT);
const longSpectrum = powerSpectrum(LONG);

/** Which frequencies a tone band holds: a triangle as wide as a semitone, or as three frequencies. */
const TONES = Array.from({ length: TONE_WIDTH }, (_, band) => {
  const bin = 440 * 2 ** ((LOWEST_TONE + band / 2 - 69) / 12) * LONG / SOUND_RATE;
  const reach = Math.max(1.5, bin * (2 ** (1 / 24) - 1));
  const first = Math.ceil(bin - reach);
  const weights = Array.from(
    { length: Math.floor(bin + reach) - first + 1 },
    (_, i) => 1 - Math.abs(first + i - bin) / reach,
  );
  return { first, weights };
});

/** What the network reads of one sound. */
export interface SoundFeatures {
  /** [16, 128]: logarithmic power in 4 short windows and 32 bands of 250 Hz for each slot. */
  readonly short: Float32Array;
  /** [16, 168]: logarithmic power in bands of half a semitone, for the quarter second from each slot on. */
  readonly tones: Float32Array;
}

/** Logarithms relative to the largest value, about −1 for silence and 1 for the loudest. */
function compress(values: Float32Array): void {
  let largest = 1e-12;
  for (const value of values) largest = Math.max(largest, value);
  for (let i = 0; i < values.length; i++) {
    values[i] = 1 + 2 * Math.log(values[i]! / largest + FLOOR) / -Math.log(FLOOR);
  }
}

/**
 * Describes a sound regardless of its level.
 *
 * @param sound 32 000 samples at 16 kHz.
 */
export function soundFeatures(sound: Float32Array): SoundFeatures {
  const short = new Float32Array(SLOTS * SHORT_WIDTH);
  const tones = new Float32Array(SLOTS * TONE_WIDTH);
  for (let slot = 0; slot < SLOTS; slot++) {
    for (let window = 0; window < SHORT_WINDOWS; window++) {
      const power = shortSpectrum(
        sound,
        slot * SLOT_SAMPLES + window * SLOT_SAMPLES / SHORT_WINDOWS,
      );
      const width = SHORT / 2 / SHORT_BANDS;
      for (let band = 0; band < SHORT_BANDS; band++) {
        let sum = 0;
        for (let k = band * width; k < (band + 1) * width; k++) sum += power[k]!;
        short[slot * SHORT_WIDTH + window * SHORT_BANDS + band] = sum;
      }
    }
    const power = longSpectrum(sound, slot * SLOT_SAMPLES);
    TONES.forEach(({ first, weights }, band) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * power[first + k]!;
      tones[slot * TONE_WIDTH + band] = sum;
    });
  }
  compress(short);
  compress(tones);
  return { short, tones };
}
