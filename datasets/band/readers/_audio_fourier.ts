import FFT from "fft.js";

/** Turns one window of a sound into its power spectrum. */
export interface PowerSpectrum {
  /**
   * @param sound Any number of samples.
   * @param start Where the window begins; beyond the sound there is silence.
   * @returns The power at each frequency, from 0 to half the sample rate; overwritten by the next call.
   */
  (sound: Float32Array, start: number): Float64Array;
}

/** A Hann window whose length the Fourier transform takes for a period. */
export function hann(length: number): Float64Array {
  return Float64Array.from(
    { length },
    (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / length),
  );
}

/** The power spectra of windows of `length` samples, a power of 2. */
export function powerSpectrum(length: number): PowerSpectrum {
  const fft = new FFT(length);
  const window = hann(length);
  const weighted = new Float64Array(length);
  const spectrum = new Float64Array(2 * length);
  const power = new Float64Array(length / 2 + 1);
  return (sound, start) => {
    for (let i = 0; i < length; i++) weighted[i] = window[i]! * (sound[start + i] ?? 0);
    fft.realTransform(spectrum, weighted);
    for (let k = 0; k < power.length; k++) {
      power[k] = spectrum[2 * k]! ** 2 + spectrum[2 * k + 1]! ** 2;
    }
    return power;
  };
}
