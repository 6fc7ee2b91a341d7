import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { drawNoise, logSignalToNoise, samplerSteps } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/**
 * SDE-DPM-Solver++(2M): Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion
 * Probabilistic Models", the solver for diffusion SDEs: they are solved like {@linkcode dpmSolver}
 * solves the ODE. Stochastic: takes `stepNoise`. A step without a slope is
 * ancestral Euler's.
 *
 * @param noise Standard normal, [batch, ...]; the latents at the first timestep.
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps, their spacing and `stepNoise`.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example Noise from a seed
 * ```ts
 * import { dpmSolverSde, noise, noiseSchedule, sample } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const key = { seed: 7, name: "video" };
 * const clean = tensor([1, 2], Float32Array.of(1, 2));
 * const result = await sample(
 *   () => Promise.resolve(clean),
 *   noise([1, 2], key),
 *   noiseSchedule("cosine"),
 *   { sampler: dpmSolverSde, steps: 5, stepNoise: (step) => noise([1, 2], { ...key, step }) },
 * );
 * assertEquals(result, clean);
 * ```
 */
export function* dpmSolverSde(
  noise: Tensor,
  schedule: NoiseSchedule,
  options: SamplerOptions,
): Sampling {
  let z = noise;
  let before: { denoised: Tensor; h: number } | undefined;
  for (const { from, to, ...at } of samplerSteps(schedule, options, "open")) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    const h = logSignalToNoise(to) - logSignalToNoise(from);
    if (at.step === at.steps - 1) return denoised; // h = ∞
    const fresh = -Math.expm1(-2 * h);
    const ofLatent = to.sigma / from.sigma * Math.exp(-h);
    const ofDenoised = to.alpha * fresh;
    const extra = before === undefined ? 0 : h / before.h / 2; // 1/2r, r = h_before / h
    z = combine(
      [ofLatent, z],
      [ofDenoised * (1 + extra), denoised],
      [-ofDenoised * extra, before?.denoised ?? denoised],
      [to.sigma * Math.sqrt(fresh), drawNoise(options, at.step, z)],
    );
    before = { denoised, h };
  }
  return z;
}
