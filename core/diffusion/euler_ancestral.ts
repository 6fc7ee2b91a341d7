import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { drawNoise, samplerSteps, scaledStart } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/**
 * Euler's method with ancestral noise: Crowson's k-diffusion, `sample_euler_ancestral`, which goes
 * down to s_down = s'² / s, further than the next level s', and up again by fresh noise of deviation
 * s_up = √(s'² − s_down²). Stochastic: takes `stepNoise`. Here s = sigma / alpha and x = z / alpha.
 *
 * Scaled back to z this is DDPM's posterior; the two differ in their timesteps, which here may be
 * fractional, and in the start, z = sigma · noise unless the spacing is leading.
 *
 * @param noise Standard normal, [batch, ...].
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps, their spacing and `stepNoise`.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example Noise from a seed
 * ```ts
 * import { eulerAncestral, noise, noiseSchedule, sample } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const key = { seed: 7, name: "audio" };
 * const clean = tensor([1, 2], Float32Array.of(1, 2));
 * const result = await sample(
 *   () => Promise.resolve(clean),
 *   noise([1, 2], key),
 *   noiseSchedule("linear"),
 *   { sampler: eulerAncestral, steps: 5, stepNoise: (step) => noise([1, 2], { ...key, step }) },
 * );
 * assertEquals(result, clean);
 * ```
 */
export function* eulerAncestral(
  noise: Tensor,
  schedule: NoiseSchedule,
  options: SamplerOptions,
): Sampling {
  const steps = samplerSteps(schedule, options, "fractional");
  let z = scaledStart(noise, steps[0]!, options);
  for (const { from, to, ...at } of steps) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    // s' / s, finite where s is not.
    const ratio = to.sigma * from.alpha / (to.alpha * from.sigma);
    // x' = z0 + (s_down / s) · (x − z0) + s_up · noise, times alpha'.
    const ofLatent = to.sigma / from.sigma * ratio;
    const ofDenoised = to.alpha * (1 - ratio ** 2);
    const deviation = to.sigma * Math.sqrt(1 - ratio ** 2);
    z = deviation > 0
      ? combine([ofLatent, z], [ofDenoised, denoised], [deviation, drawNoise(options, at.step, z)])
      : combine([ofLatent, z], [ofDenoised, denoised]);
  }
  return z;
}
