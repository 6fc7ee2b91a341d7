/** The ratio of the synthesiser's sample rate to that of the sounds. */
export const DECIMATION = 3;

/** Taps on either side of the filter's middle. */
const REACH = 72;

/** The filter's middle frequency, as a share of the synthesiser's sample rate: 7.4 of 48 kHz. */
const CUTOFF = 7.4 / 48;

/** The modified Bessel function of order zero, for the Kaiser window. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** A low pass with a Kaiser window (shape 8): 80 dB down from 8.2 kHz. */
const TAPS: Float64Array = (() => {
  const taps = Float64Array.from({ length: 2 * REACH + 1 }, (_, i) => {
    const x = i - REACH;
    const sinc = x === 0 ? 2 * CUTOFF : Math.sin(2 * Math.PI * CUTOFF * x) / (Math.PI * x);
    return sinc * bessel(8 * Math.sqrt(1 - (x / REACH) ** 2)) / bessel(8);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
})();

/** Every third sample, low-passed so that nothing folds back; no delay. */
export function decimate(samples: Float32Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(Math.floor(samples.length / DECIMATION));
  const padded = new Float32Array(samples.length + 2 * REACH);
  padded.set(samples, REACH);
  for (let i = 0; i < out.length; i++) {
    const middle = DECIMATION * i + REACH;
    let sum = TAPS[REACH]! * padded[middle]!;
    for (let k = 1; k <= REACH; k++) {
      sum += TAPS[REACH + k]! * (padded[middle - k]! + padded[middle + k]!);
    }
    out[i] = sum;
  }
  return out;
}
