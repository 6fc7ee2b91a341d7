/**
 * Makes a function that gives the power spectra of frames: a Hann window, then a fast Fourier
 * transform of radix two.
 *
 * @param {number} size Samples in a frame, a power of two.
 * @returns {(sound: Float32Array, begin: number) => Float32Array} The power of size / 2 + 1
 *   frequencies from a place of a sound, which may lie outside of it. The array is used again.
 */
export function powerSpectrum(size) {
  const bits = Math.log2(size);
  if (!Number.isInteger(bits)) throw new RangeError(`Cannot transform ${size} samples: not 2^n`);
  const window = Float32Array.from(
    { length: size },
    (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / size),
  );
  const cosine = Float64Array.from(
    { length: size / 2 },
    (_, i) => Math.cos(2 * Math.PI * i / size),
  );
  const sine = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin(2 * Math.PI * i / size));
  const reversed = Uint32Array.from({ length: size }, (_, i) => reverse(i, bits));
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const power = new Float32Array(size / 2 + 1);
  return (sound, begin) => {
    for (let i = 0; i < size; i++) {
      const from = reversed[i];
      real[i] = window[from] * (sound[begin + from] ?? 0);
      imaginary[i] = 0;
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let i = 0; i < half; i++) {
          const a = start + i;
          const b = a + half;
          const c = cosine[i * stride];
          const s = sine[i * stride];
          const x = real[b] * c - imaginary[b] * s;
          const y = real[b] * s + imaginary[b] * c;
          real[b] = real[a] - x;
          imaginary[b] = imaginary[a] - y;
          real[a] += x;
          imaginary[a] += y;
        }
      }
    }
    for (let i = 0; i < power.length; i++) power[i] = real[i] ** 2 + imaginary[i] ** 2;
    return power;
  };
}

/**
 * @param {number} value A number.
 * @param {number} bits How many bits it has.
 * @returns {number} The number with its bits in reverse.
 */
function reverse(value, bits) {
  let result = 0;
  for (let i = 0; i < bits; i++) result = (result << 1) | ((value >> i) & 1);
  return result;
}
