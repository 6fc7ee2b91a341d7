import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { logSignalToNoise, samplerSteps } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/**
 * DPM-Solver++(2M): Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion
 * Probabilistic Models", algorithm 2. Deterministic, of second order with one evaluation a step: the
 * slope of the denoised latents over λ = log(alpha / sigma) is taken from the step before. The first
 * step has none, and the last goes to λ = ∞; both are of first order.
 *
 * @param noise Standard normal, [batch, ...]; the latents at the first timestep.
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps and their spacing.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example The last step returns the denoised latents
 * ```ts
 * import { dpmSolver, noiseSchedule, sample } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const clean = tensor([1, 2], Float32Array.of(1, 2));
 * const result = await sample(
 *   () => Promise.resolve(clean),
 *   tensor([1, 2], Float32Array.of(0.3, -0.4)),
 *   noiseSchedule("cosine"),
 *   { sampler: dpmSolver, steps: 5 },
 * );
 * assertEquals(result, clean);
 * ```
 */
export function* dpmSolver(
  noise: Tensor,
  schedule: NoiseSchedule,
  options: SamplerOptions,
): Sampling {
  let z = noise;
  let before: { denoised: Tensor; h: number } | undefined;
  for (const { from, to, ...at } of samplerSteps(schedule, options, "open")) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    const h = logSignalToNoise(to) - logSignalToNoise(from);
    const ofLatent = to.sigma / from.sigma;
    const ofDenoised = -to.alpha * Math.expm1(-h);
    if (before === undefined || at.step === at.steps - 1) {
      z = combine([ofLatent, z], [ofDenoised, denoised]);
    } else {
      // D = (1 + 1/2r) · z0 − 1/2r · z0_before, where r = h_before / h.
      const extra = h / before.h / 2;
      z = combine([ofLatent, z], [ofDenoised * (1 + extra), denoised], [
        -ofDenoised * extra,
        before.denoised,
      ]);
    }
    before = { denoised, h };
  }
  return z;
}
