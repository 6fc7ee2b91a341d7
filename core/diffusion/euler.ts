import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { samplerSteps, scaledStart } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/**
 * Euler's method: Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative
 * Models", algorithm 1 without its second-order correction. Deterministic, of first order.
 *
 * In x = z / alpha over s = sigma / alpha the ODE is dx/ds = (x − z0) / s = epsilon. A step in s,
 * scaled back to z, is DDIM's; the two differ in their timesteps, which here may be fractional, and
 * in the start, z = sigma · noise unless the spacing is leading. Being written in z, it has no
 * trouble with s = ∞, a schedule that ends in pure noise.
 *
 * @param noise Standard normal, [batch, ...].
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps and their spacing.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example Fractional timesteps
 * ```ts
 * import { euler, noiseSchedule } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const options = { steps: 3, spacing: "linspace" } as const;
 * const sampling = euler(tensor([1, 2]), noiseSchedule("linear"), options);
 * sampling.next();
 * const query = sampling.next(tensor([1, 2]));
 * assertEquals(query.done ? undefined : query.value.timestep, 499.5);
 * ```
 */
export function* euler(noise: Tensor, schedule: NoiseSchedule, options: SamplerOptions): Sampling {
  const steps = samplerSteps(schedule, options, "fractional");
  let z = scaledStart(noise, steps[0]!, options);
  for (const { from, to, ...at } of steps) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    // x' = x + (s' − s) · epsilon, times alpha'.
    const ratio = to.sigma / from.sigma;
    z = combine([ratio, z], [to.alpha - ratio * from.alpha, denoised]);
  }
  return z;
}
