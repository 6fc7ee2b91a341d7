/** The short-time Fourier transform and its inverse as parts of a graph, by products with a matrix. */

import {
  addAll,
  concat,
  constant,
  matmul,
  mul,
  pad,
  reshape,
  slice,
  split,
  type Value,
} from "@codi/core/graph";

/** A window is four hops long. */
const OVERLAP = 4;

/** The frames of a complex spectrogram. */
export interface GraphSpectrum {
  /** [batch, frames, bins]. */
  readonly real: Value;
  /** [batch, frames, bins]. */
  readonly imaginary: Value;
}

/** Frequencies of a frame, from 0 to half the sample rate. */
export function binsOf(hop: number): number {
  return OVERLAP * hop / 2 + 1;
}

/** A periodic Hann window. */
function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));
}

/** What matrices are made of: a number for each sample of a window, bin and part. */
function basis(
  hop: number,
  value: (sample: number, cosine: number, sine: number, bin: number) => readonly [number, number],
): { readonly rows: number; readonly columns: number; readonly data: Float32Array } {
  const [length, bins] = [OVERLAP * hop, binsOf(hop)];
  const window = hann(length);
  const data = new Float32Array(length * 2 * bins);
  for (let sample = 0; sample < length; sample++) {
    for (let bin = 0; bin < bins; bin++) {
      const angle = (2 * Math.PI * ((sample * bin) % length)) / length;
      const scale = window[sample]!;
      const [real, imaginary] = value(
        sample,
        scale * Math.cos(angle),
        scale * Math.sin(angle),
        bin,
      );
      data[sample * 2 * bins + bin] = real;
      data[sample * 2 * bins + bins + bin] = imaginary;
    }
  }
  return { rows: length, columns: 2 * bins, data };
}

/**
 * The spectrogram of signals, with zeros around them: frame k is centred on sample hop · k + hop / 2.
 * A sine of amplitude 1 has magnitude 1.
 *
 * @param signal [batch, samples], a multiple of the hop.
 * @param hop Samples from one frame to the next, an even number; the window is four of them.
 * @returns [batch, samples / hop, 2 · hop + 1] each.
 */
export function spectrumOf(signal: Value, hop: number): GraphSpectrum {
  const [batch, samples] = signal.shape as [number, number];
  const frames = samples / hop;
  const around = (OVERLAP - 1) * hop / 2;
  const blocks = reshape(pad(signal, 1, around, around), [batch, frames + OVERLAP - 1, hop]);
  const windows = concat(
    Array.from({ length: OVERLAP }, (_, part) => slice(blocks, 1, part, part + frames)),
    2,
  ); // [batch, frames, 4 · hop]
  const gain = 1 / hop; // two over the window's sum, which is half its length
  const { rows, columns, data } = basis(hop, (_, cosine, sine) => [gain * cosine, -gain * sine]);
  const flat = matmul(reshape(windows, [batch * frames, rows]), constant(data, [rows, columns]));
  const [real, imaginary] = split(reshape(flat, [batch, frames, columns]), [
    columns / 2,
    columns / 2,
  ], 2);
  return { real: real!, imaginary: imaginary! };
}

/**
 * The signals whose spectrograms are nearest in squares (Griffin and Lim, 1984, equation 6): the
 * inverse of {@linkcode spectrumOf}.
 *
 * @param spectrum [batch, frames, bins].
 * @param hop Samples from one frame to the next.
 * @returns [batch, frames · hop].
 */
export function signalOf({ real, imaginary }: GraphSpectrum, hop: number): Value {
  const [batch, frames, bins] = real.shape as [number, number, number];
  const { rows, columns, data } = basis(hop, (_, cosine, sine, bin) => {
    const single = bin === 0 || bin === bins - 1 ? 0.5 : 1;
    // Twice the inverse's 1 / length, times half the length from the gain.
    const scale = 2 * single / (OVERLAP * hop) * hop;
    return [scale * cosine, -scale * sine];
  });
  const flat = reshape(concat([real, imaginary], 2), [batch * frames, columns]);
  const windows = matmul(flat, constant(data, [rows, columns]), { transposeB: true });
  const parts = reshape(windows, [batch, frames, OVERLAP, hop]);
  const moved = Array.from({ length: OVERLAP }, (_, part) => {
    const blocks = reshape(slice(parts, 2, part, part + 1), [batch, frames, hop]);
    return pad(blocks, 1, part, OVERLAP - 1 - part);
  });
  const sum = reshape(addAll(moved), [batch, (frames + OVERLAP - 1) * hop]);
  const around = (OVERLAP - 1) * hop / 2;
  const whole = slice(sum, 1, around, around + frames * hop);
  return mul(whole, constant(inverseEnvelope(frames, hop), [1, frames * hop]));
}

/** For every sample one over the sum of the squared windows that cover it. */
function inverseEnvelope(frames: number, hop: number): Float32Array {
  const window = hann(OVERLAP * hop);
  const around = (OVERLAP - 1) * hop / 2;
  const sums = new Float64Array((frames + OVERLAP - 1) * hop);
  for (let frame = 0; frame < frames; frame++) {
    window.forEach((value, i) => sums[frame * hop + i]! += value ** 2);
  }
  return Float32Array.from(sums.subarray(around, around + frames * hop), (value) => 1 / value);
}
