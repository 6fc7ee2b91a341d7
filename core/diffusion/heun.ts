import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { samplerSteps, scaledStart } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/** Steps from a larger s than this are taken over the angle; see {@linkcode heun}. */
const LARGEST_RATIO = 1000;

/**
 * Heun's method: Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative
 * Models", algorithm 1. Deterministic, of second order; asks twice in every step but the last.
 *
 * In x = z / alpha over s = sigma / alpha the ODE is dx/ds = epsilon, and a step averages epsilon
 * before and after an Euler step. The start is z = sigma · noise unless the spacing is leading.
 *
 * Where a step begins in almost pure noise, the average over s is worthless: its error grows with s,
 * which is 20 000 at the end of the cosine schedule and infinite with zero terminal SNR. So steps
 * from s above 1000 average over the angle φ = atan(s) instead, where the ODE is dz/dφ = v. Linear
 * and scaled linear schedules have none.
 *
 * @param noise Standard normal, [batch, ...].
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps and their spacing.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example Two evaluations a step
 * ```ts
 * import { heun, noiseSchedule } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const sampling = heun(tensor([1, 2]), noiseSchedule("linear"), { steps: 4 });
 * const timesteps = [];
 * for (let query = sampling.next(); !query.done; query = sampling.next(tensor([1, 2]))) {
 *   timesteps.push(query.value.timestep);
 * }
 * assertEquals(timesteps, [999, 749, 749, 499, 499, 249, 249]);
 * ```
 */
export function* heun(noise: Tensor, schedule: NoiseSchedule, options: SamplerOptions): Sampling {
  const steps = samplerSteps(schedule, options, "fractional");
  let z = scaledStart(noise, steps[0]!, options);
  for (const { from, to, ...at } of steps) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    const ratio = to.sigma / from.sigma;
    const euler = combine([ratio, z], [to.alpha - ratio * from.alpha, denoised]);
    if (at.step === at.steps - 1) return euler;
    const again = yield { z: euler, timestep: to.timestep, ...at };
    if (from.sigma > LARGEST_RATIO * from.alpha) {
      // z' = z + (φ' − φ) · (v + v') / 2, with v = (alpha · z − z0) / sigma put in.
      const half = (Math.atan2(to.sigma, to.alpha) - Math.atan2(from.sigma, from.alpha)) / 2;
      z = combine(
        [1 + half * from.alpha / from.sigma, z],
        [-half / from.sigma, denoised],
        [half * to.alpha / to.sigma, euler],
        [-half / to.sigma, again],
      );
    } else {
      // x' = x + (s' − s) · (epsilon + epsilon') / 2 = x_euler + (s' − s) · (epsilon' − epsilon) / 2,
      // times alpha', with epsilon = (z − alpha · z0) / sigma put in.
      const half = (to.sigma - to.alpha * from.sigma / from.alpha) / 2;
      z = combine(
        [1 + half / to.sigma, euler],
        [-half * to.alpha / to.sigma, again],
        [-half / from.sigma, z],
        [half * from.alpha / from.sigma, denoised],
      );
    }
  }
  return z;
}
