import { type Tensor, tensor } from "../tensor/mod.ts";
import { noiseLevel } from "./noise_level.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { Denoiser, Sampling } from "./sampler.ts";

/** A target whose denoiser and ODE are known in closed form: independent N(mean, deviation²). */
export interface Gaussian {
  readonly mean: number;
  readonly deviation: number;
}

/** E[z0 | z], the exact denoiser of a Gaussian target. */
export function denoiseGaussian(
  { mean, deviation }: Gaussian,
  schedule: NoiseSchedule,
  z: Tensor,
  timestep: number,
): Tensor {
  const { alpha, sigma } = noiseLevel(schedule, timestep);
  const gain = alpha * deviation ** 2 / ((alpha * deviation) ** 2 + sigma ** 2);
  return tensor(z.shape, z.data.map((value) => mean + gain * (value - alpha * mean)));
}

/** The same as a denoiser. */
export function gaussianDenoiser(target: Gaussian, schedule: NoiseSchedule): Denoiser {
  return (z, timestep) => Promise.resolve(denoiseGaussian(target, schedule, z, timestep));
}

/** The exact solution of the probability flow ODE through `z` at one level, at another level. */
export function solveGaussian(
  { mean, deviation }: Gaussian,
  z: number,
  from: { readonly alpha: number; readonly sigma: number },
  to: { readonly alpha: number; readonly sigma: number },
): number {
  const spread = (level: typeof from) => Math.hypot(level.alpha * deviation, level.sigma);
  return to.alpha * mean + (z - from.alpha * mean) * spread(to) / spread(from);
}

/** Runs a sampling to its end without a driver. */
export function run(
  sampling: Sampling,
  denoise: (z: Tensor, timestep: number, step: number) => Tensor,
): Tensor {
  let state = sampling.next();
  while (!state.done) {
    const { z, timestep, step } = state.value;
    state = sampling.next(denoise(z, timestep, step));
  }
  return state.value;
}

/** A tensor of one sample from its values. */
export function row(...values: number[]): Tensor {
  return tensor([1, values.length], Float32Array.from(values));
}
