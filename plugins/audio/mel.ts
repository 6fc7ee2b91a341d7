import {
  add,
  constant,
  exp,
  log,
  matmul,
  mul,
  relu,
  reshape,
  sub,
  type Value,
} from "@codi/core/graph";
import { type Tensor, tensor } from "@codi/core/tensor";
import { analyze, BINS, emptySpectrum, FRAMES, HANN, WINDOW } from "./_stft.ts";
import { requireSound, SOUND_RATE } from "./sound.ts";

/** Mel bands of a spectrogram. */
export const MEL_BANDS = 64;
/** The shape of a log-mel spectrogram: [1, bands, frames], the lowest band first. */
export const MEL_SHAPE: readonly [number, number, number] = [1, MEL_BANDS, FRAMES];

/** The frequencies that the bands cover, in hertz. */
const RANGE = [40, 8000] as const;
/** Added to magnitudes before the logarithm: 80 dB below a sine of amplitude 1. */
const FLOOR = 1e-4;
/** Half of the span that the logarithms cover, and its middle. */
const [SPREAD, MIDDLE] = [4, -5.2];

/** The mel scale of Slaney (1998): linear up to 1 kHz, logarithmic above. */
function toMel(hertz: number): number {
  return hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * Math.log(hertz / 1000) / Math.log(6.4);
}

function toHertz(mel: number): number {
  return mel < 15 ? mel * 200 / 3 : 1000 * 6.4 ** ((mel - 15) / 27);
}

/** A band: triangular weights of neighbouring bins, of sum 1. */
interface Band {
  readonly first: number;
  readonly weights: Float64Array;
}

/** The bands over frequencies from 0 to half the sample rate, of a transform of a window. */
function bandsOf(window: number): readonly Band[] {
  const bins = window / 2 + 1;
  const [low, high] = [toMel(RANGE[0]), toMel(RANGE[1])];
  const edge = (index: number) =>
    toHertz(low + (high - low) * index / (MEL_BANDS + 1)) * window / SOUND_RATE;
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [left, peak, right] = [edge(band), edge(band + 1), edge(band + 2)];
    const first = Math.ceil(left);
    const weights = Float64Array.from(
      { length: Math.min(Math.floor(right), bins - 1) - first + 1 },
      (_, i) => Math.min((first + i - left) / (peak - left), (right - first - i) / (right - peak)),
    );
    const total = weights.reduce((a, b) => a + b);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

const bands = bandsOf(WINDOW);

/** Makes the magnitude of a sine's bin its amplitude. */
const GAIN = 2 / HANN.reduce((a, b) => a + b);

const scratch = emptySpectrum();

/**
 * The features that the audio networks read: magnitudes in mel bands of 40 to 8000 Hz, their logarithm
 * scaled to about [−1, 1]. Frame k is centred on sample 250 k + 125, so that 8 frames are one slot.
 *
 * @param sound [32000].
 * @returns [1, 64, 128]: bands, lowest first, and frames.
 * @throws {RangeError} If the tensor is no sound.
 */
export function logMel(sound: Tensor): Tensor {
  requireSound(sound, "analyse");
  const { real, imaginary } = analyze(sound.data, scratch);
  const magnitudes = new Float64Array(BINS);
  const features = tensor(MEL_SHAPE);
  for (let frame = 0; frame < FRAMES; frame++) {
    const row = frame * BINS;
    for (let bin = 0; bin < BINS; bin++) {
      magnitudes[bin] = GAIN * Math.sqrt(real[row + bin]! ** 2 + imaginary[row + bin]! ** 2);
    }
    bands.forEach(({ first, weights }, band) => {
      let sum = FLOOR;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * magnitudes[first + i]!;
      features.data[band * FRAMES + frame] = (Math.log(sum) - MIDDLE) / SPREAD;
    });
  }
  return features;
}

/**
 * The features of several sounds.
 *
 * @param sounds Each [32000].
 * @returns [batch, 1, 64, 128].
 * @throws {RangeError} If a tensor is no sound.
 */
export function logMelBatch(sounds: readonly Tensor[]): Tensor {
  const batch = tensor([sounds.length, ...MEL_SHAPE]);
  const size = MEL_BANDS * FRAMES;
  sounds.forEach((sound, index) => batch.data.set(logMel(sound).data, index * size));
  return batch;
}

/** Steps of {@linkcode melToMagnitude}. */
const INVERSION_STEPS = 30;

/**
 * Magnitudes of all frequencies that have these features: not negative, and nearest in squares, by
 * the multiplicative steps of Lee and Seung (2001, theorem 1) from a smooth start.
 *
 * @param features [1, 64, 128].
 * @returns [frames, bins], as the short-time Fourier transform has them.
 */
export function melToMagnitude({ data }: Tensor): Float32Array {
  const out = new Float32Array(FRAMES * BINS);
  const [goal, estimate] = [new Float64Array(BINS), new Float64Array(BINS)];
  const target = new Float64Array(MEL_BANDS);
  const spread = (values: ArrayLike<number>, into: Float64Array) => {
    into.fill(0);
    bands.forEach(({ first, weights }, band) => {
      for (let i = 0; i < weights.length; i++) into[first + i]! += weights[i]! * values[band]!;
    });
  };
  const measured = new Float64Array(MEL_BANDS);
  const cover = new Float64Array(BINS);
  spread(new Float64Array(MEL_BANDS).fill(1), cover);
  for (let frame = 0; frame < FRAMES; frame++) {
    for (let band = 0; band < MEL_BANDS; band++) {
      const logarithm = data[band * FRAMES + frame]! * SPREAD + MIDDLE;
      target[band] = Math.max(Math.exp(logarithm) - FLOOR, 0);
    }
    spread(target, goal);
    const x = out.subarray(frame * BINS, (frame + 1) * BINS);
    for (let bin = 0; bin < BINS; bin++) x[bin] = cover[bin]! > 0 ? goal[bin]! / cover[bin]! : 0;
    for (let step = 0; step < INVERSION_STEPS; step++) {
      bands.forEach(({ first, weights }, band) => {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i]! * x[first + i]!;
        measured[band] = sum;
      });
      spread(measured, estimate);
      for (let bin = 0; bin < BINS; bin++) x[bin]! *= goal[bin]! / (estimate[bin]! + 1e-12);
    }
  }
  return out.map((value) => value / GAIN);
}

/**
 * Magnitudes in mel bands of features, in a graph; in silence they are 0.
 *
 * @param features Any shape.
 * @returns The same shape.
 */
export function fromLogMel(features: Value): Value {
  return relu(sub(exp(add(mul(features, SPREAD), MIDDLE)), FLOOR));
}

/**
 * The natural logarithm of magnitudes in mel bands, in a graph.
 *
 * @param magnitude Magnitudes from 0 to half the sample rate, in which a sine of amplitude 1 has
 * magnitude 1, [batch, frames, bins].
 * @returns [batch, frames, 64].
 */
export function logBands(magnitude: Value): Value {
  const [batch, frames, bins] = magnitude.shape as [number, number, number];
  const weights = new Float32Array(MEL_BANDS * bins);
  bandsOf(2 * (bins - 1)).forEach(({ first, weights: own }, band) =>
    weights.set(own, band * bins + first)
  );
  const rows = reshape(magnitude, [batch * frames, bins]);
  const sums = matmul(rows, constant(weights, [MEL_BANDS, bins]), { transposeB: true });
  return reshape(log(add(sums, FLOOR)), [batch, frames, MEL_BANDS]);
}

/**
 * Weights that take magnitudes in mel bands to a smooth envelope over frequencies.
 *
 * @param bins How many frequencies, from 0 to half the sample rate.
 * @param window The length of their transform's window, in samples.
 * @returns [bands, bins]; the weights of a bin add up to 1.
 */
export function melEnvelope(bins: number, window: number): Float32Array {
  const weights = new Float32Array(MEL_BANDS * bins);
  const [low, high] = [toMel(RANGE[0]), toMel(RANGE[1])];
  for (let bin = 0; bin < bins; bin++) {
    const place = (toMel(bin * SOUND_RATE / window) - low) / (high - low) * (MEL_BANDS + 1) - 1;
    const held = Math.max(0, Math.min(MEL_BANDS - 1, place));
    const below = Math.min(Math.floor(held), MEL_BANDS - 2);
    weights[below * bins + bin] = 1 - (held - below);
    weights[(below + 1) * bins + bin] = held - below;
  }
  return weights;
}
