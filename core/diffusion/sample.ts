import type { Tensor } from "../tensor/mod.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import { sampleJointlySteps, type SampleStep } from "./sample_jointly.ts";
import type { Denoiser, Sampler, SamplerOptions } from "./sampler.ts";
import { getSampler, type SamplerName } from "./samplers.ts";

/** How to sample; the sampler's own options included. */
export interface SampleOptions extends SamplerOptions {
  /**
   * The sampler, or its name.
   * @default "ddim"
   */
  readonly sampler?: SamplerName | Sampler;
  /** Ends the sampling with its reason when aborted; handed on to the denoiser. */
  readonly signal?: AbortSignal;
}

/** {@linkcode SampleOptions} with a callback. */
export interface SampleCallbackOptions extends SampleOptions {
  /** Called after every step. */
  readonly onStep?: (step: SampleStep) => void;
}

/**
 * Samples step by step. Breaking off the loop ends the sampling.
 *
 * @param denoiser Predicts the clean latents.
 * @param noise Standard normal, [batch, ...].
 * @param schedule The noise schedule the denoiser was trained with.
 * @param options The sampler, its options and the signal.
 * @returns An async iterator over the steps, whose return value is the sample; the last step's `z`
 * is the same.
 * @throws {RangeError} If the sampler is unknown, an option is out of its range, or the denoised
 * latents have a wrong shape.
 * @throws {TypeError} If a stochastic sampler is not given `stepNoise`.
 * @throws The signal's reason, when aborted.
 *
 * @example Watch the denoised latents
 * ```ts
 * import { noise, noiseSchedule, sampleSteps } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const clean = tensor([1, 2], Float32Array.of(1, 2));
 * const start = noise([1, 2], { seed: 7, name: "image" });
 * const schedule = noiseSchedule("cosine");
 * let last;
 * for await (const step of sampleSteps(() => Promise.resolve(clean), start, schedule, { steps: 4 })) {
 *   assertEquals(step.denoised, clean);
 *   last = step;
 * }
 * assertEquals([last?.step, last?.steps, last?.z], [3, 4, clean]);
 * ```
 */
export async function* sampleSteps(
  denoiser: Denoiser,
  noise: Tensor,
  schedule: NoiseSchedule,
  options: SampleOptions,
): AsyncGenerator<SampleStep, Tensor, void> {
  const { sampler: chosen = "ddim", signal } = options;
  const sampler = typeof chosen === "function" ? chosen : getSampler(chosen);
  const steps = sampleJointlySteps(
    async ({ only }, context) => ({ only: await denoiser(only.z, only.timestep, context) }),
    { only: sampler(noise, schedule, options) },
    { signal },
  );
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value.only;
    yield value.only;
  }
}

/**
 * Samples: turns noise into clean latents.
 *
 * @param denoiser Predicts the clean latents.
 * @param noise Standard normal, [batch, ...].
 * @param schedule The noise schedule the denoiser was trained with.
 * @param options The sampler, its options, the signal and a callback for every step.
 * @returns The sample, shaped like the noise.
 * @throws {RangeError} If the sampler is unknown, an option is out of its range, or the denoised
 * latents have a wrong shape.
 * @throws {TypeError} If a stochastic sampler is not given `stepNoise`.
 * @throws The signal's reason, when aborted.
 *
 * @example A network that predicts v
 * ```ts
 * import { denoiser, noise, noiseSchedule, sample } from "@codi/core/diffusion";
 * import { type Tensor, tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine", { zeroTerminalSnr: true });
 * const network = (z: Tensor) => Promise.resolve(tensor(z.shape));
 * const result = await sample(
 *   denoiser(network, "v", schedule),
 *   noise([2, 4, 8, 8], { seed: 7, name: "image" }),
 *   schedule,
 *   { sampler: "dpm++", steps: 10, signal: AbortSignal.timeout(60_000) },
 * );
 * assertEquals(result.shape, [2, 4, 8, 8]);
 * ```
 */
export async function sample(
  denoiser: Denoiser,
  noise: Tensor,
  schedule: NoiseSchedule,
  options: SampleCallbackOptions,
): Promise<Tensor> {
  const steps = sampleSteps(denoiser, noise, schedule, options);
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
    options.onStep?.(value);
  }
}
