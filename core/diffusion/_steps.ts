import type { Tensor } from "../tensor/mod.ts";
import { combine, requireShape } from "./combine.ts";
import { type NoiseLevel, noiseLevel } from "./noise_level.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions } from "./sampler.ts";
import { type TimestepGrid, timesteps } from "./timesteps.ts";

/** From one noise level to the next, cleaner one. */
export interface Step {
  readonly step: number;
  readonly steps: number;
  readonly from: NoiseLevel;
  /** The last step goes to alpha = 1, sigma = 0. */
  readonly to: NoiseLevel;
}

const clean: NoiseLevel = { timestep: 0, alpha: 1, sigma: 0 };

/** The steps of a sampler, noisiest first. */
export function samplerSteps(
  schedule: NoiseSchedule,
  options: SamplerOptions,
  grid: TimestepGrid,
): Step[] {
  const levels = timesteps(schedule.alphaBars.length, options, grid)
    .map((timestep) => noiseLevel(schedule, timestep));
  return levels.map((from, step) => ({
    step,
    steps: levels.length,
    from,
    to: levels[step + 1] ?? clean,
  }));
}

/** λ = log(alpha / sigma), half the logarithm of the signal-to-noise ratio. */
export function logSignalToNoise({ alpha, sigma }: NoiseLevel): number {
  return Math.log(alpha / sigma);
}

/**
 * Where a sampler that thinks in x = z / alpha begins. diffusers starts from x = noise · sigma / alpha,
 * that is z = sigma · noise, except with leading spacing.
 */
export function scaledStart(noise: Tensor, { from }: Step, options: SamplerOptions): Tensor {
  return options.spacing === "leading" ? noise : combine([from.sigma, noise]);
}

/** The noise of a stochastic step, checked. */
export function drawNoise(options: SamplerOptions, step: number, like: Tensor): Tensor {
  if (options.stepNoise === undefined) {
    throw new TypeError(
      'Cannot run a stochastic sampler without the option "stepNoise": give a function from the step to noise',
    );
  }
  const noise = options.stepNoise(step);
  requireShape(noise, like.shape, `take the noise of step "${step}"`);
  return noise;
}
