import FFT from "fft.js";
import { SOUND_RATE, SOUND_SAMPLES } from "./sound/draw_sound.ts";

/** The mel bands of a spectrogram: its rows. */
export const SPECTROGRAM_BANDS = 64;

/** The columns of a spectrogram: 16 a slot. */
export const SPECTROGRAM_COLUMNS = 256;

const HOP = SOUND_SAMPLES / SPECTROGRAM_COLUMNS;

/** The samples that a column looks at: 32 ms. */
const WINDOW = 512;

/** Zeros fill the window up to this, so that the lowest bands hold a bin each. */
const TRANSFORM = 2048;

/** What is shown black, in decibels below the loudest point. */
const RANGE = 70;

const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);

/** The weights of every bin in every band: triangles that are evenly spaced in mel. */
const BANDS: readonly Float64Array[] = Array.from({ length: SPECTROGRAM_BANDS }, (_, band) => {
  const width = melOf(SOUND_RATE / 2) / (SPECTROGRAM_BANDS + 1);
  return Float64Array.from({ length: TRANSFORM / 2 + 1 }, (_, bin) => {
    const mel = melOf(bin * SOUND_RATE / TRANSFORM) / width;
    return Math.max(0, 1 - Math.abs(mel - band - 1));
  });
});

/**
 * The log-mel spectrogram of two seconds of sound, for looking at.
 *
 * @returns 64 rows, the highest band first, of 256 values from 0 (silence) to 1 (the loudest point).
 */
export function spectrogram(sound: Float32Array): Float32Array {
  const fft = new FFT(TRANSFORM);
  const window = new Float64Array(TRANSFORM);
  const spectrum = fft.createComplexArray();
  const power = new Float64Array(TRANSFORM / 2 + 1);
  const levels = new Float32Array(SPECTROGRAM_BANDS * SPECTROGRAM_COLUMNS);
  let loudest = 0;
  for (let column = 0; column < SPECTROGRAM_COLUMNS; column++) {
    // The window ends with its column, so that no attack shows before its mark.
    const start = (column + 1) * HOP - WINDOW;
    for (let i = 0; i < WINDOW; i++) {
      const hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / WINDOW);
      window[i] = hann * (sound[start + i] ?? 0);
    }
    fft.realTransform(spectrum, window);
    for (let bin = 0; bin < power.length; bin++) {
      power[bin] = spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
    }
    BANDS.forEach((weights, band) => {
      let level = 0;
      for (let bin = 0; bin < power.length; bin++) level += weights[bin]! * power[bin]!;
      levels[(SPECTROGRAM_BANDS - 1 - band) * SPECTROGRAM_COLUMNS + column] = level;
      loudest = Math.max(loudest, level);
    });
  }
  return levels.map((level) =>
    loudest === 0 ? 0 : Math.max(0, 1 + 10 * Math.log10(level / loudest + 1e-12) / RANGE)
  );
}
