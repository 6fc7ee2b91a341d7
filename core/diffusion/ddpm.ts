import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { drawNoise, samplerSteps } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/**
 * DDPM's ancestral sampler: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", the posterior
 * of eq. 6 and 7 with its own variance (diffusers' `fixed_small`). Stochastic: takes `stepNoise`.
 * Several training steps are passed at once by taking β = 1 − ᾱ_t / ᾱ_s.
 *
 * @param noise Standard normal, [batch, ...]; the latents at the first timestep.
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps, their spacing and `stepNoise`.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example Noise from a seed
 * ```ts
 * import { ddpm, noise, noiseSchedule, sample } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const shape = [1, 4];
 * const key = { seed: 7, name: "image" };
 * const clean = tensor(shape, Float32Array.of(1, 2, 3, 4));
 * const result = await sample(
 *   () => Promise.resolve(clean),
 *   noise(shape, key),
 *   noiseSchedule("cosine"),
 *   { sampler: ddpm, steps: 10, stepNoise: (step) => noise(shape, { ...key, step }) },
 * );
 * assertEquals(result, clean);
 * ```
 */
export function* ddpm(noise: Tensor, schedule: NoiseSchedule, options: SamplerOptions): Sampling {
  let z = noise;
  for (const { from, to, ...at } of samplerSteps(schedule, options, "whole")) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    const alpha = (from.alpha / to.alpha) ** 2;
    const beta = 1 - alpha;
    // Eq. 7, the posterior's mean.
    const ofDenoised = to.alpha * beta / from.sigma ** 2;
    const ofLatent = Math.sqrt(alpha) * (to.sigma / from.sigma) ** 2;
    // Eq. 7, the posterior's variance; none in the last step.
    const variance = (to.sigma / from.sigma) ** 2 * beta;
    z = variance > 0
      ? combine([ofDenoised, denoised], [ofLatent, z], [
        Math.sqrt(variance),
        drawNoise(options, at.step, z),
      ])
      : combine([ofDenoised, denoised], [ofLatent, z]);
  }
  return z;
}
