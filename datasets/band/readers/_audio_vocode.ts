import FFT from "fft.js";
import type { Random } from "@codi/core/random";
import { SOUND_RATE, SOUND_SAMPLES } from "../sound/draw_sound.ts";
import { hann } from "./_audio_fourier.ts";

const WINDOW = 1024;
const HOP = 250;
const BINS = WINDOW / 2 + 1;
const FRAMES = SOUND_SAMPLES / HOP;
const BANDS = 64;

/** Where the first window begins, so that each one's middle is that of its hop. */
const FIRST = (HOP - WINDOW) / 2;

/** Power below this, of samples in [−1, 1], is taken for silence. */
const FLOOR = 1e-4;

/** How strongly each round of phase retrieval goes on in the direction of the last one. */
const MOMENTUM = 0.99;

const window = hann(WINDOW);
const fft = new FFT(WINDOW);

/**
 * The mel bands (O'Shaughnessy's formula): triangles, each falling where the next one rises, so that a
 * frequency belongs to `band` with `falling` and to the next band with `rising`.
 */
const MEL = Array.from({ length: BINS }, (_, bin) => {
  const mel = (frequency: number) => 2595 * Math.log10(1 + frequency / 700);
  const frequencyOf = (edge: number) =>
    700 * (10 ** (mel(SOUND_RATE / 2) * edge / (BANDS + 1) / 2595) - 1);
  const frequency = bin * SOUND_RATE / WINDOW;
  const edge = Math.min(BANDS, Math.floor(mel(frequency) / mel(SOUND_RATE / 2) * (BANDS + 1)));
  const [low, high] = [frequencyOf(edge), frequencyOf(edge + 1)];
  const rising = (frequency - low) / (high - low);
  return { band: edge - 1, rising: edge < BANDS ? rising : 0, falling: edge > 0 ? 1 - rising : 0 };
});
const BAND = Int32Array.from(MEL, ({ band }) => band);
const RISING = Float64Array.from(MEL, ({ rising }) => rising);
const FALLING = Float64Array.from(MEL, ({ falling }) => falling);

/** Loops over the sound's windows, two at a time as real and imaginary part of one transform. */
function forward(sound: Float64Array, take: (frame: number, spectrum: Float64Array) => void): void {
  const pair = new Float64Array(2 * WINDOW);
  const spectrum = new Float64Array(2 * WINDOW);
  for (let frame = 0; frame < FRAMES; frame += 2) {
    const start = FIRST + frame * HOP;
    for (let i = 0; i < WINDOW; i++) {
      const at = start + i;
      pair[2 * i] = at >= 0 && at < SOUND_SAMPLES ? window[i]! * sound[at]! : 0;
      const later = at + HOP;
      pair[2 * i + 1] = later >= 0 && later < SOUND_SAMPLES ? window[i]! * sound[later]! : 0;
    }
    fft.transform(spectrum, pair);
    take(frame, spectrum);
  }
}

/** The complex amplitudes of both windows at one frequency, out of the transform of the pair. */
function unpair(z: Float64Array, k: number, out: Float64Array): void {
  const mirror = (WINDOW - k) % WINDOW;
  const [re, im, mirrorRe, mirrorIm] = [
    z[2 * k]!,
    z[2 * k + 1]!,
    z[2 * mirror]!,
    z[2 * mirror + 1]!,
  ];
  out[0] = (re + mirrorRe) / 2;
  out[1] = (im - mirrorIm) / 2;
  out[2] = (im + mirrorIm) / 2;
  out[3] = (mirrorRe - re) / 2;
}

/** The power of the sound, [128, 513]. */
function powersOf(sound: Float64Array): Float64Array {
  const powers = new Float64Array(FRAMES * BINS);
  const both = new Float64Array(4);
  forward(sound, (frame, spectrum) => {
    for (let k = 0; k < BINS; k++) {
      unpair(spectrum, k, both);
      powers[frame * BINS + k] = both[0]! ** 2 + both[1]! ** 2;
      powers[(frame + 1) * BINS + k] = both[2]! ** 2 + both[3]! ** 2;
    }
  });
  return powers;
}

/** What the mel bands hold of one window's power. */
function toMel(powers: Float64Array, mel: Float64Array): void {
  mel.fill(0);
  for (let k = 0; k < BINS; k++) {
    const band = BAND[k]!;
    if (band >= 0) mel[band]! += FALLING[k]! * powers[k]!;
    if (band + 1 < BANDS) mel[band + 1]! += RISING[k]! * powers[k]!;
  }
}

/** Spreads values of the bands over the frequencies they hold. */
function fromMel(mel: Float64Array, powers: Float64Array): void {
  for (let k = 0; k < BINS; k++) {
    const band = BAND[k]!;
    powers[k] = (band >= 0 ? FALLING[k]! * mel[band]! : 0) +
      (band + 1 < BANDS ? RISING[k]! * mel[band + 1]! : 0);
  }
}

const target = new Float64Array(BINS);
const reached = new Float64Array(BINS);
const again = new Float64Array(BANDS);

/** Powers that are not negative and fit the bands, by multiplicative updates (Lee and Seung, 2001). */
function invertMel(mel: Float64Array, powers: Float64Array): void {
  fromMel(mel, target);
  powers.set(target);
  for (let round = 0; round < 8; round++) {
    toMel(powers, again);
    fromMel(again, reached);
    for (let k = 0; k < BINS; k++) powers[k]! *= target[k]! / (reached[k]! + 1e-12);
  }
}

/** Lays the windows over each other again, weighted for the smallest error (Griffin and Lim, 1984). */
const OVERLAP = (() => {
  const sum = new Float64Array(SOUND_SAMPLES);
  for (let frame = 0; frame < FRAMES; frame++) {
    for (let i = 0; i < WINDOW; i++) {
      const at = FIRST + frame * HOP + i;
      if (at >= 0 && at < SOUND_SAMPLES) sum[at]! += window[i]! ** 2;
    }
  }
  return sum;
})();

/** The sound whose windows have the given complex amplitudes, [128, 513, 2]. */
function backward(amplitudes: Float64Array): Float64Array {
  const sound = new Float64Array(SOUND_SAMPLES);
  const spectrum = new Float64Array(2 * WINDOW);
  const pair = new Float64Array(2 * WINDOW);
  for (let frame = 0; frame < FRAMES; frame += 2) {
    for (let k = 0; k < BINS; k++) {
      const [a, b] = [2 * (frame * BINS + k), 2 * ((frame + 1) * BINS + k)];
      const inner = k > 0 && k < WINDOW / 2;
      const [aRe, bRe] = [amplitudes[a]!, amplitudes[b]!];
      const [aIm, bIm] = inner ? [amplitudes[a + 1]!, amplitudes[b + 1]!] : [0, 0];
      spectrum[2 * k] = aRe - bIm;
      spectrum[2 * k + 1] = aIm + bRe;
      if (inner) {
        spectrum[2 * (WINDOW - k)] = aRe + bIm;
        spectrum[2 * (WINDOW - k) + 1] = bRe - aIm;
      }
    }
    fft.inverseTransform(pair, spectrum);
    const start = FIRST + frame * HOP;
    for (let i = 0; i < WINDOW; i++) {
      const at = start + i;
      if (at >= 0 && at < SOUND_SAMPLES) sound[at]! += window[i]! * pair[2 * i]!;
      const later = at + HOP;
      if (later >= 0 && later < SOUND_SAMPLES) sound[later]! += window[i]! * pair[2 * i + 1]!;
    }
  }
  for (let i = 0; i < SOUND_SAMPLES; i++) sound[i]! /= Math.max(OVERLAP[i]!, 1e-3);
  return sound;
}

/** What is done to the logarithms of the mel spectrogram, [128, 64], before it becomes a sound. */
export type MelChange = (mel: Float64Array, bands: number) => void;

/**
 * Passes a sound through its log-mel spectrogram of 64 bands and 128 windows and back, with the phase
 * retrieved by the accelerated Griffin-Lim algorithm (Perraudin et al., 2013): what a generated sound
 * suffers at best.
 *
 * @param sound 32 000 samples in [−1, 1], overwritten.
 * @param iterations How often the phase is refined.
 * @param stream Where the first phases come from.
 * @param change What is done to the logarithms.
 */
export function vocode(
  sound: Float32Array,
  iterations: number,
  stream: Random,
  change: MelChange = () => {},
): void {
  const powers = powersOf(Float64Array.from(sound));
  const mel = new Float64Array(FRAMES * BANDS);
  const rowOf = (values: Float64Array, width: number, frame: number) =>
    values.subarray(frame * width, (frame + 1) * width);
  for (let frame = 0; frame < FRAMES; frame++) {
    toMel(rowOf(powers, BINS, frame), rowOf(mel, BANDS, frame));
  }
  for (let i = 0; i < mel.length; i++) mel[i] = Math.log(mel[i]! + FLOOR);
  change(mel, BANDS);
  for (let i = 0; i < mel.length; i++) mel[i] = Math.exp(mel[i]!);
  for (let frame = 0; frame < FRAMES; frame++) {
    invertMel(rowOf(mel, BANDS, frame), rowOf(powers, BINS, frame));
  }
  sound.set(retrievePhase(powers.map(Math.sqrt), iterations, stream));
}

function retrievePhase(
  magnitudes: Float64Array,
  iterations: number,
  stream: Random,
): Float64Array {
  const amplitudes = new Float64Array(2 * magnitudes.length);
  const last = new Float64Array(2 * magnitudes.length);
  magnitudes.forEach((magnitude, i) => {
    const angle = 2 * Math.PI * stream.uniform();
    amplitudes[2 * i] = magnitude * Math.cos(angle);
    amplitudes[2 * i + 1] = magnitude * Math.sin(angle);
  });
  let sound = backward(amplitudes);
  const both = new Float64Array(4);
  const refine = (at: number, re: number, im: number, momentum: number) => {
    const [ahead, aside] = [
      re + momentum * (re - last[2 * at]!),
      im + momentum * (im - last[2 * at + 1]!),
    ];
    last[2 * at] = re;
    last[2 * at + 1] = im;
    const scale = magnitudes[at]! / Math.max(1e-12, Math.sqrt(ahead * ahead + aside * aside));
    amplitudes[2 * at] = ahead * scale;
    amplitudes[2 * at + 1] = aside * scale;
  };
  for (let round = 0; round < iterations; round++) {
    const momentum = round === 0 ? 0 : MOMENTUM;
    forward(sound, (frame, spectrum) => {
      for (let k = 0; k < BINS; k++) {
        unpair(spectrum, k, both);
        refine(frame * BINS + k, both[0]!, both[1]!, momentum);
        refine((frame + 1) * BINS + k, both[2]!, both[3]!, momentum);
      }
    });
    sound = backward(amplitudes);
  }
  return sound;
}
