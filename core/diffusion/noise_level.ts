import type { Tensor } from "../tensor/mod.ts";
import { combine, combinePerSample } from "./combine.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";

/** How much signal and how much noise a latent holds: z = alpha · z0 + sigma · epsilon. */
export interface NoiseLevel {
  /** The timestep, in [0, trainingSteps − 1]; may lie between two training timesteps. */
  readonly timestep: number;
  /** √ᾱ, the factor of the clean latent, in [0, 1]. */
  readonly alpha: number;
  /** √(1 − ᾱ), the factor of the noise, in [0, 1]. */
  readonly sigma: number;
}

/**
 * The noise level at a timestep. Between two training timesteps σ/α is interpolated linearly, as in
 * k-diffusion and diffusers' Euler samplers.
 *
 * @param schedule The noise schedule.
 * @param timestep In [0, trainingSteps − 1], whole or not.
 * @returns The factors of signal and noise; alpha² + sigma² = 1.
 * @throws {RangeError} If the timestep is outside the schedule.
 *
 * @example The ends of a schedule
 * ```ts
 * import { noiseLevel, noiseSchedule } from "@codi/core/diffusion";
 * import { assert } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine");
 * assert(noiseLevel(schedule, 0).sigma < 0.01);
 * assert(noiseLevel(schedule, 999).alpha < 0.0001);
 * ```
 */
export function noiseLevel(schedule: NoiseSchedule, timestep: number): NoiseLevel {
  const last = schedule.alphaBars.length - 1;
  if (!(timestep >= 0 && timestep <= last)) {
    throw new RangeError(
      `Cannot find the noise level of timestep "${timestep}": the schedule goes from 0 to ${last}`,
    );
  }
  const below = Math.floor(timestep);
  const alphaBar = schedule.alphaBars[below]!;
  if (below === timestep) {
    return { timestep, alpha: Math.sqrt(alphaBar), sigma: Math.sqrt(1 - alphaBar) };
  }
  const low = noiseToSignal(alphaBar);
  const high = noiseToSignal(schedule.alphaBars[below + 1]!);
  const ratio = low + (high - low) * (timestep - below);
  if (ratio === Infinity) return { timestep, alpha: 0, sigma: 1 };
  const alpha = 1 / Math.sqrt(1 + ratio * ratio);
  return { timestep, alpha, sigma: ratio * alpha };
}

/** σ/α, which k-diffusion calls sigma. */
function noiseToSignal(alphaBar: number): number {
  return Math.sqrt((1 - alphaBar) / alphaBar);
}

/**
 * The forward process, Ho et al. 2020, eq. 4: z_t = √ᾱ_t z0 + √(1 − ᾱ_t) ε.
 *
 * @param schedule The noise schedule.
 * @param z0 The clean latents, [batch, ...].
 * @param noise Standard normal numbers, shaped like the latents.
 * @param timestep One timestep for all samples, or one for each.
 * @returns The noisy latents, shaped like `z0`.
 * @throws {RangeError} If shapes differ, or a timestep is outside the schedule.
 *
 * @example Half signal, half noise
 * ```ts
 * import { addNoise, noiseSchedule } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine");
 * const z0 = tensor([2, 1], Float32Array.of(1, 1));
 * const noise = tensor([2, 1], Float32Array.of(-1, -1));
 * const zt = addNoise(schedule, z0, noise, [0, 999]);
 * assertAlmostEquals(zt.data[0]!, 1, 0.01);
 * assertAlmostEquals(zt.data[1]!, -1, 0.01);
 * ```
 */
export function addNoise(
  schedule: NoiseSchedule,
  z0: Tensor,
  noise: Tensor,
  timestep: number | readonly number[],
): Tensor {
  return mix(schedule, z0, noise, timestep, ({ alpha, sigma }) => [alpha, sigma]);
}

/**
 * Noisy latents at another timestep, the clean ones being as predicted: Song et al. 2021, eq. 12, without
 * new noise.
 *
 * @param schedule The noise schedule.
 * @param z The noisy latents, [batch, ...].
 * @param z0 The clean latents behind them, of the same shape.
 * @param from The timestep of z.
 * @param to The timestep of the result; equal to `from` it gives z itself.
 * @returns Latents with the same noise, shaped like z.
 * @throws {RangeError} If shapes differ, or a timestep is outside the schedule.
 *
 * @example The same noise, less of it
 * ```ts
 * import { addNoise, moveToTimestep, noiseSchedule } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine");
 * const z0 = tensor([1, 1], Float32Array.of(2));
 * const noise = tensor([1, 1], Float32Array.of(-1));
 * const z = addNoise(schedule, z0, noise, 800);
 * const moved = moveToTimestep(schedule, z, z0, 800, 400);
 * assertAlmostEquals(moved.data[0]!, addNoise(schedule, z0, noise, 400).data[0]!, 1e-6);
 * ```
 */
export function moveToTimestep(
  schedule: NoiseSchedule,
  z: Tensor,
  z0: Tensor,
  from: number,
  to: number,
): Tensor {
  if (from === to) return z;
  const [before, after] = [noiseLevel(schedule, from), noiseLevel(schedule, to)];
  const ofLatent = after.sigma / before.sigma;
  return combine([ofLatent, z], [after.alpha - ofLatent * before.alpha, z0]);
}

/**
 * The velocity, Salimans and Ho 2022, section 4: v_t = √ᾱ_t ε − √(1 − ᾱ_t) z0, what a v-prediction
 * network is trained to return.
 *
 * @param schedule The noise schedule.
 * @param z0 The clean latents, [batch, ...].
 * @param noise The noise that was added to them, of the same shape.
 * @param timestep One timestep for all samples, or one for each.
 * @returns The velocities, shaped like `z0`.
 * @throws {RangeError} If shapes differ, or a timestep is outside the schedule.
 *
 * @example The velocity where all is noise
 * ```ts
 * import { noiseSchedule, velocity } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine", { zeroTerminalSnr: true });
 * const z0 = tensor([1, 2], Float32Array.of(3, 4));
 * const noise = tensor([1, 2], Float32Array.of(1, -1));
 * assertEquals(velocity(schedule, z0, noise, 999).data, Float32Array.of(-3, -4));
 * ```
 */
export function velocity(
  schedule: NoiseSchedule,
  z0: Tensor,
  noise: Tensor,
  timestep: number | readonly number[],
): Tensor {
  return mix(schedule, z0, noise, timestep, ({ alpha, sigma }) => [-sigma, alpha]);
}

function mix(
  schedule: NoiseSchedule,
  z0: Tensor,
  noise: Tensor,
  timestep: number | readonly number[],
  factors: (level: NoiseLevel) => readonly [number, number],
): Tensor {
  if (typeof timestep === "number") {
    const [ofSignal, ofNoise] = factors(noiseLevel(schedule, timestep));
    return combine([ofSignal, z0], [ofNoise, noise]);
  }
  if (timestep.length !== z0.shape[0]) {
    throw new RangeError(
      `Cannot noise a batch of "${
        z0.shape[0]
      }" with "${timestep.length}" timesteps: give one, or one for each sample`,
    );
  }
  return combinePerSample(z0, noise, (sample) => factors(noiseLevel(schedule, timestep[sample]!)));
}
