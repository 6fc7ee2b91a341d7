import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { drawNoise, samplerSteps } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/**
 * DDIM: Song et al. 2021, "Denoising Diffusion Implicit Models", eq. 12 and 16. Deterministic and of
 * first order; with `eta` above 0 it is stochastic and takes `stepNoise`, and with 1 it is DDPM.
 *
 * @param noise Standard normal, [batch, ...]; the latents at the first timestep.
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps, their spacing, `eta` and `stepNoise`.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example One step by hand
 * ```ts
 * import { ddim, noiseSchedule } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const sampling = ddim(tensor([1, 2]), noiseSchedule("cosine"), { steps: 1 });
 * const query = sampling.next();
 * assertEquals(query.done, false);
 * const denoised = tensor([1, 2], Float32Array.of(0.5, -0.5));
 * assertEquals(sampling.next(denoised).value, denoised);
 * ```
 */
export function* ddim(noise: Tensor, schedule: NoiseSchedule, options: SamplerOptions): Sampling {
  const { eta = 0 } = options;
  if (!(eta >= 0 && eta <= 1)) {
    throw new RangeError(`Cannot run DDIM with the eta "${eta}": it takes a number from 0 to 1`);
  }
  let z = noise;
  for (const { from, to, ...at } of samplerSteps(schedule, options, "whole")) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    // Eq. 16, σ_t(η)².
    const ratio = to.sigma / from.sigma;
    const variance = (eta * ratio) ** 2 * (1 - (from.alpha / to.alpha) ** 2);
    // Eq. 12, with epsilon = (z − alpha · z0) / sigma put in. What is left for epsilon, σ_s² − σ_t(η)²,
    // is multiplied out, as the difference is lost to rounding at eta = 1.
    const kept = (1 - eta ** 2) * from.sigma ** 2 + (eta * from.alpha * to.sigma / to.alpha) ** 2;
    const direction = ratio * Math.sqrt(kept) / from.sigma;
    const ofDenoised = to.alpha - direction * from.alpha;
    z = variance > 0
      ? combine([direction, z], [ofDenoised, denoised], [
        Math.sqrt(variance),
        drawNoise(options, at.step, z),
      ])
      : combine([direction, z], [ofDenoised, denoised]);
  }
  return z;
}
