import type { Tensor } from "../tensor/mod.ts";
import { combine, requireShape } from "./combine.ts";
import { type NoiseLevel, noiseLevel, velocity } from "./noise_level.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { Denoiser, Network } from "./sampler.ts";

/**
 * What a network predicts from z = alpha · z0 + sigma · epsilon: the noise `epsilon` (Ho et al. 2020),
 * the velocity `v` = alpha · epsilon − sigma · z0 (Salimans and Ho 2022) or the clean latents `x0`.
 */
export type PredictionType = "epsilon" | "v" | "x0";

/**
 * The denoiser behind a network: its prediction turned into the clean latents.
 *
 * @param network The network, its condition bound.
 * @param prediction What it predicts.
 * @param schedule The noise schedule it was trained with.
 * @returns The denoiser; it rejects with a RangeError where the prediction does not determine the
 * clean latents, or has another shape than the latents.
 *
 * @example A network that predicts the noise
 * ```ts
 * import { addNoise, denoiser, noiseSchedule } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("linear");
 * const noise = tensor([1, 1], Float32Array.of(-1.5));
 * const denoise = denoiser(() => Promise.resolve(noise), "epsilon", schedule);
 *
 * const zt = addNoise(schedule, tensor([1, 1], Float32Array.of(0.25)), noise, 400);
 * const denoised = await denoise(zt, 400, {});
 * assertAlmostEquals(denoised.data[0]!, 0.25, 1e-5);
 * ```
 */
export function denoiser(
  network: Network,
  prediction: PredictionType,
  schedule: NoiseSchedule,
): Denoiser {
  return async (z, timestep, context) => {
    const output = await network(z, timestep, context);
    requireShape(output, z.shape, `denoise at timestep "${timestep}"`);
    return denoisedFrom(prediction, z, output, noiseLevel(schedule, timestep));
  };
}

/**
 * The clean latents that a prediction stands for.
 *
 * @param prediction What the network predicted.
 * @param z The noisy latents it saw, [batch, ...].
 * @param output Its prediction, of the same shape.
 * @param level The noise level of `z`.
 * @returns The clean latents, of the same shape.
 * @throws {RangeError} If the type is unknown, or noise was predicted where all is noise.
 *
 * @example The velocity where all is noise
 * ```ts
 * import { denoisedFrom } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const z = tensor([1, 2], Float32Array.of(1, -1));
 * const v = tensor([1, 2], Float32Array.of(-3, -4));
 * const level = { timestep: 999, alpha: 0, sigma: 1 };
 * assertEquals(denoisedFrom("v", z, v, level).data, Float32Array.of(3, 4));
 * ```
 */
export function denoisedFrom(
  prediction: PredictionType,
  z: Tensor,
  output: Tensor,
  level: NoiseLevel,
): Tensor {
  const { timestep, alpha, sigma } = level;
  switch (prediction) {
    case "x0":
      return output;
    case "v":
      return combine([alpha, z], [-sigma, output]);
    case "epsilon":
      if (alpha === 0) {
        throw new RangeError(
          `Cannot tell the clean latents from predicted noise at timestep "${timestep}", where all is noise: predict v or x0, or use a schedule without zero terminal SNR`,
        );
      }
      return combine([1 / alpha, z], [-sigma / alpha, output]);
    default:
      throw new RangeError(
        `Cannot denoise with the prediction type "${prediction}": it is none of epsilon, v, x0`,
      );
  }
}

/**
 * The noise that goes with denoised latents: epsilon = (z − alpha · z0) / sigma.
 *
 * @param z The noisy latents, [batch, ...].
 * @param denoised The clean latents behind them, of the same shape.
 * @param level The noise level of `z`, sigma above 0.
 * @returns The noise, of the same shape.
 * @throws {RangeError} If there is no noise at this level, or the shapes differ.
 *
 * @example Where all is noise
 * ```ts
 * import { epsilonFrom } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const z = tensor([1, 2], Float32Array.of(1, -1));
 * const level = { timestep: 999, alpha: 0, sigma: 1 };
 * assertEquals(epsilonFrom(z, tensor([1, 2]), level), z);
 * ```
 */
export function epsilonFrom(z: Tensor, denoised: Tensor, level: NoiseLevel): Tensor {
  const { timestep, alpha, sigma } = level;
  if (!(sigma > 0)) {
    throw new RangeError(
      `Cannot tell the noise at timestep "${timestep}": its sigma is "${sigma}" and should be above 0`,
    );
  }
  return combine([1 / sigma, z], [-alpha / sigma, denoised]);
}

/**
 * What a network of a prediction type is trained to return.
 *
 * @param prediction What it predicts.
 * @param schedule The noise schedule.
 * @param z0 The clean latents, [batch, ...].
 * @param noise The noise that was added to them, of the same shape.
 * @param timestep One timestep for all samples, or one for each.
 * @returns The target, of the same shape.
 * @throws {RangeError} If the type is unknown, shapes differ or a timestep is outside the schedule.
 *
 * @example A training pair
 * ```ts
 * import { addNoise, noiseSchedule, predictionTarget } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine");
 * const z0 = tensor([2, 3]);
 * const noise = tensor([2, 3], new Float32Array(6).fill(1));
 * const input = addNoise(schedule, z0, noise, [10, 500]);
 * const target = predictionTarget("epsilon", schedule, z0, noise, [10, 500]);
 * assertEquals(input.shape, target.shape);
 * assertEquals(target, noise);
 * ```
 */
export function predictionTarget(
  prediction: PredictionType,
  schedule: NoiseSchedule,
  z0: Tensor,
  noise: Tensor,
  timestep: number | readonly number[],
): Tensor {
  switch (prediction) {
    case "x0":
      return z0;
    case "epsilon":
      return noise;
    case "v":
      return velocity(schedule, z0, noise, timestep);
    default:
      throw new RangeError(
        `Cannot train the prediction type "${prediction}": it is none of epsilon, v, x0`,
      );
  }
}
