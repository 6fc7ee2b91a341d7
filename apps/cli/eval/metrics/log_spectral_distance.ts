import FFT from "fft.js";

/** Samples of a window: 32 ms at 16 kHz. */
const WINDOW = 512;
/** Samples from one window to the next. */
const HOP = 128;
/** Powers are not told apart below this many decibels under the first sound's loudest. */
const RANGE = 60;

/**
 * The log-spectral distance of two sounds (Gray and Markel, 1976): for each window the root of the mean
 * squared difference of power in decibels over all frequencies, and of that the mean over the windows.
 *
 * @param original The sound.
 * @param copy Its copy, as long.
 * @returns Decibels; 0 for equal sounds.
 */
export function logSpectralDistance(original: Float32Array, copy: Float32Array): number {
  const [a, b] = [powers(original), powers(copy)];
  const floor = Math.max(...a.map((window) => Math.max(...window))) / 10 ** (RANGE / 10);
  if (floor === 0) return 0;
  const level = (power: number) => 10 * Math.log10(Math.max(power, floor));
  const distances = a.map((window, i) => {
    let total = 0;
    window.forEach((power, bin) => total += (level(power) - level(b[i]![bin]!)) ** 2);
    return Math.sqrt(total / window.length);
  });
  return distances.reduce((sum, one) => sum + one, 0) / distances.length;
}

/** The power of each frequency in each window. */
function powers(sound: Float32Array): Float64Array[] {
  const fft = new FFT(WINDOW);
  const spectrum = fft.createComplexArray();
  const windows: Float64Array[] = [];
  for (let start = 0; start + WINDOW <= sound.length; start += HOP) {
    const part = Float64Array.from(
      { length: WINDOW },
      (_, i) => sound[start + i]! * (0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / WINDOW)),
    );
    fft.realTransform(spectrum, part);
    windows.push(Float64Array.from(
      { length: WINDOW / 2 + 1 },
      (_, bin) => spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2,
    ));
  }
  return windows;
}
