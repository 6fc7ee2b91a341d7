import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import { analyze, emptySpectrum, synthesize } from "./_stft.ts";
import { SOUND_SAMPLES } from "./sound.ts";

/** Options of {@linkcode griffinLim}. */
export interface GriffinLimOptions {
  /** How often phases are made consistent. @default {32} */
  readonly iterations?: number;
  /** How far a step goes beyond the last one. @default {0.99} */
  readonly momentum?: number;
  /** Seeds the phases at the start. @default {0} */
  readonly seed?: number;
}

/**
 * A sound of given magnitudes by the fast Griffin-Lim algorithm (Perraudin et al., 2013, algorithm 2):
 * in turn the nearest spectrogram that a sound has, and the nearest one of these magnitudes.
 *
 * @param magnitude [frames, bins], as the short-time Fourier transform has them.
 * @param options Iterations, momentum and seed.
 * @returns [32000].
 */
export function griffinLim(magnitude: Float32Array, options: GriffinLimOptions = {}): Tensor {
  const { iterations = 32, momentum = 0.99, seed = 0 } = options;
  const guess = emptySpectrum();
  const draw = random(seed, "griffin-lim");
  for (let i = 0; i < magnitude.length; i++) {
    const phase = 2 * Math.PI * draw.uniform();
    guess.real[i] = magnitude[i]! * Math.cos(phase);
    guess.imaginary[i] = magnitude[i]! * Math.sin(phase);
  }
  const samples = new Float32Array(SOUND_SAMPLES);
  let [last, now] = [emptySpectrum(), emptySpectrum()];
  for (let iteration = 0; iteration < iterations; iteration++) {
    analyze(synthesize(guess, samples), now);
    const beyond = iteration === 0 ? 0 : momentum;
    for (let i = 0; i < magnitude.length; i++) {
      const real = now.real[i]! + beyond * (now.real[i]! - last.real[i]!);
      const imaginary = now.imaginary[i]! + beyond * (now.imaginary[i]! - last.imaginary[i]!);
      const scale = magnitude[i]! / (Math.sqrt(real * real + imaginary * imaginary) + 1e-12);
      guess.real[i] = scale * real;
      guess.imaginary[i] = scale * imaginary;
    }
    [last, now] = [now, last];
  }
  return tensor([SOUND_SAMPLES], synthesize(guess, samples));
}
