/** The short-time Fourier transform of a whole sound and its inverse, in plain TypeScript. */

import FFT from "fft.js";
import { SOUND_SAMPLES } from "./sound.ts";

/** The length of the transform's window, in samples. */
export const WINDOW = 1024;
/** Samples from one frame to the next: 8 frames are a slot of an eighth of a second. */
export const HOP = 250;
/** Frames of a sound; frame k is centred on sample HOP · k + HOP / 2. */
export const FRAMES: number = SOUND_SAMPLES / HOP;
/** Frequencies of a frame, from 0 to half the sample rate. */
export const BINS: number = WINDOW / 2 + 1;

/** Where frame 0 begins; zeros stand for what lies outside the sound. */
const FIRST = (HOP - WINDOW) / 2;

/** A complex spectrogram. */
export interface Spectrum {
  /** [frames, bins]. */
  readonly real: Float32Array;
  /** [frames, bins]. */
  readonly imaginary: Float32Array;
}

interface Transform {
  transform(out: Float64Array, data: Float64Array): void;
  inverseTransform(out: Float64Array, data: Float64Array): void;
}

const fourier: Transform = new FFT(WINDOW);
const packed = new Float64Array(2 * WINDOW);
const transformed = new Float64Array(2 * WINDOW);

/** A Hann window, periodic. */
export const HANN: Float64Array = Float64Array.from(
  { length: WINDOW },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW),
);

/** For every sample the sum of the squared windows that cover it, inverted. */
const inverseEnvelope = ((): Float64Array => {
  const envelope = new Float64Array(SOUND_SAMPLES);
  for (let frame = 0; frame < FRAMES; frame++) {
    const start = FIRST + frame * HOP;
    for (let i = Math.max(0, -start); i < WINDOW && start + i < SOUND_SAMPLES; i++) {
      envelope[start + i]! += HANN[i]! ** 2;
    }
  }
  return envelope.map((value) => 1 / value);
})();

/** An empty spectrogram. */
export function emptySpectrum(): Spectrum {
  return {
    real: new Float32Array(FRAMES * BINS),
    imaginary: new Float32Array(FRAMES * BINS),
  };
}

/**
 * The spectrogram of a sound. Two frames go through one complex transform, as its real and imaginary
 * part.
 *
 * @param samples [32000].
 * @param out Where it is written.
 * @returns `out`.
 */
export function analyze(samples: Float32Array, out: Spectrum = emptySpectrum()): Spectrum {
  const { real, imaginary } = out;
  for (let frame = 0; frame < FRAMES; frame += 2) {
    const start = FIRST + frame * HOP;
    for (let i = 0; i < WINDOW; i++) {
      packed[2 * i] = HANN[i]! * (samples[start + i] ?? 0);
      packed[2 * i + 1] = HANN[i]! * (samples[start + HOP + i] ?? 0);
    }
    fourier.transform(transformed, packed);
    const row = frame * BINS;
    for (let bin = 0; bin < BINS; bin++) {
      const mirror = 2 * ((WINDOW - bin) % WINDOW);
      const [re, im] = [transformed[2 * bin]!, transformed[2 * bin + 1]!];
      const [mirrorRe, mirrorIm] = [transformed[mirror]!, transformed[mirror + 1]!];
      real[row + bin] = (re + mirrorRe) / 2;
      imaginary[row + bin] = (im - mirrorIm) / 2;
      real[row + BINS + bin] = (im + mirrorIm) / 2;
      imaginary[row + BINS + bin] = (mirrorRe - re) / 2;
    }
  }
  return out;
}

/**
 * The sound whose spectrogram is nearest in squares (Griffin and Lim, 1984, equation 6).
 *
 * @param spectrum [frames, bins].
 * @param out Where it is written, [32000].
 * @returns `out`.
 */
export function synthesize(
  { real, imaginary }: Spectrum,
  out: Float32Array<ArrayBuffer> = new Float32Array(SOUND_SAMPLES),
): Float32Array<ArrayBuffer> {
  out.fill(0);
  for (let frame = 0; frame < FRAMES; frame += 2) {
    const first = frame * BINS;
    const second = first + BINS;
    for (let bin = 0; bin < BINS; bin++) {
      // A frame's lowest and highest frequency are real.
      const inner = bin > 0 && bin < BINS - 1 ? 1 : 0;
      const [re, im] = [real[first + bin]!, inner * imaginary[first + bin]!];
      const [nextRe, nextIm] = [real[second + bin]!, inner * imaginary[second + bin]!];
      packed[2 * bin] = re - nextIm;
      packed[2 * bin + 1] = im + nextRe;
      const mirror = 2 * ((WINDOW - bin) % WINDOW);
      packed[mirror] = re + nextIm;
      packed[mirror + 1] = nextRe - im;
    }
    fourier.inverseTransform(transformed, packed);
    for (let half = 0; half < 2; half++) {
      const start = FIRST + (frame + half) * HOP;
      for (let i = Math.max(0, -start); i < WINDOW && start + i < SOUND_SAMPLES; i++) {
        out[start + i]! += HANN[i]! * transformed[2 * i + half]!;
      }
    }
  }
  for (let i = 0; i < SOUND_SAMPLES; i++) out[i]! *= inverseEnvelope[i]!;
  return out;
}
