import { type Tensor, tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { noiseLevel } from "./noise_level.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { Network } from "./sampler.ts";

/** How the two predictions of classifier-free guidance are put together. */
export interface GuideOptions {
  /**
   * φ, how far the guided prediction's deviation is brought back to the conditional one's: 0 not at
   * all, 1 wholly. In [0, 1]; Lin et al. take 0.7.
   * @default 0
   */
  readonly rescale?: number;
}

/** Classifier-free guidance over a whole sampling. */
export interface GuidanceOptions extends GuideOptions {
  /** The guidance scale: 0 unconditional, 1 conditional, above 1 guided. */
  readonly scale: number;
  /**
   * The noise levels at which guidance is applied, as sigma / alpha: above the first and up to the
   * second. Elsewhere the conditional prediction stands alone.
   * @default [0, Infinity]
   */
  readonly interval?: readonly [low: number, high: number];
}

/**
 * Classifier-free guidance: Ho and Salimans 2022, eq. 6, in the form u + scale · (c − u), with the
 * rescaling of Lin et al. 2023, section 3.4.
 *
 * Without `rescale` it does not matter what is guided: epsilon, v and x0 of one latent are affine
 * images of each other, and the weights sum to 1. The rescaling is not affine: Lin et al. and
 * diffusers apply it to what the network predicts, so guide that and not the denoised latents.
 *
 * @param conditional The prediction with the condition, [batch, ...].
 * @param unconditional The prediction without, or with a negative one; of the same shape.
 * @param scale The guidance scale.
 * @param options The rescaling.
 * @returns The guided prediction, of the same shape.
 * @throws {RangeError} If the shapes differ, the scale is not finite or `rescale` is outside [0, 1].
 *
 * @example Away from the unconditional
 * ```ts
 * import { guide } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const conditional = tensor([1, 2], Float32Array.of(1, 2));
 * const unconditional = tensor([1, 2], Float32Array.of(0, 3));
 * assertEquals(guide(conditional, unconditional, 2).data, Float32Array.of(2, 1));
 * ```
 */
export function guide(
  conditional: Tensor,
  unconditional: Tensor,
  scale: number,
  options: GuideOptions = {},
): Tensor {
  if (!Number.isFinite(scale)) {
    throw new RangeError(`Cannot guide with the scale "${scale}": it takes a finite number`);
  }
  return rescaleGuided(
    combine([scale, conditional], [1 - scale, unconditional]),
    conditional,
    options,
  );
}

/**
 * Brings the deviation of a guided prediction back to that of the one it was guided from: Lin et al.
 * 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", section 3.4.
 *
 * @param guided The guided prediction, [batch, ...].
 * @param conditional The prediction with all it is conditioned on; of the same shape.
 * @param options How far.
 * @returns The rescaled prediction, of the same shape.
 * @throws {RangeError} If `rescale` is outside [0, 1].
 */
export function rescaleGuided(
  guided: Tensor,
  conditional: Tensor,
  { rescale = 0 }: GuideOptions,
): Tensor {
  if (!(rescale >= 0 && rescale <= 1)) {
    throw new RangeError(
      `Cannot rescale guidance by "${rescale}": it takes a number from 0 to 1`,
    );
  }
  if (rescale === 0) return guided;
  const { shape, data } = guided; // [batch, ...]
  const result = tensor(shape);
  const batch = shape[0] ?? 1;
  const size = data.length / batch;
  for (let start = 0; start < data.length; start += size) {
    const before = deviation(conditional.data.subarray(start, start + size));
    const after = deviation(data.subarray(start, start + size));
    const factor = after === 0 ? 1 : rescale * before / after + 1 - rescale;
    for (let i = start; i < start + size; i++) result.data[i] = data[i]! * factor;
  }
  return result;
}

/** The standard deviation of one sample's values. */
function deviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / values.length);
}

/**
 * The guidance scale at a timestep: Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval
 * Improves Sample and Distribution Quality in Diffusion Models", section 3.
 *
 * @param schedule The noise schedule.
 * @param timestep The timestep.
 * @param options The scale, and the interval of sigma / alpha it holds in.
 * @returns The scale inside the interval, 1 outside: the unconditional prediction is not needed then.
 * @throws {RangeError} If the timestep is outside the schedule or the interval is empty.
 *
 * @example No guidance in the noisiest steps
 * ```ts
 * import { guidanceScaleAt, noiseSchedule } from "@codi/core/diffusion";
 * import { assertEquals } from "@std/assert";
 *
 * const options = { scale: 4, interval: [0.2, 5] } as const;
 * assertEquals(guidanceScaleAt(noiseSchedule("cosine"), 999, options), 1);
 * assertEquals(guidanceScaleAt(noiseSchedule("cosine"), 500, options), 4);
 * ```
 */
export function guidanceScaleAt(
  schedule: NoiseSchedule,
  timestep: number,
  options: GuidanceOptions,
): number {
  const { scale, interval: [low, high] = [0, Infinity] } = options;
  if (!(low >= 0 && low < high)) {
    throw new RangeError(
      `Cannot guide in the interval "${low}" to "${high}": it takes 0 ≤ low < high, in sigma / alpha`,
    );
  }
  const { alpha, sigma } = noiseLevel(schedule, timestep);
  const ratio = sigma / alpha;
  return ratio > low && ratio <= high ? scale : 1;
}

/**
 * A network under classifier-free guidance. Given networks as they are it guides their predictions,
 * as rescaling wants it; given denoisers it guides the denoised latents.
 *
 * @param conditional The network with its condition bound.
 * @param unconditional The network with the null condition, or a negative one; not called where the
 * scale is 1.
 * @param schedule The noise schedule.
 * @param options Scale, rescaling and interval.
 * @returns The guided network, of the same kind as the two.
 *
 * @example A guided denoiser
 * ```ts
 * import { denoiser, guided, noiseSchedule } from "@codi/core/diffusion";
 * import { type Tensor, tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine");
 * const network = (condition: number) => (z: Tensor) =>
 *   Promise.resolve(tensor(z.shape, z.data.map(() => condition)));
 * const denoise = denoiser(guided(network(1), network(0), schedule, { scale: 3 }), "x0", schedule);
 * assertEquals((await denoise(tensor([1, 1]), 500, {})).data, Float32Array.of(3));
 * ```
 */
export function guided(
  conditional: Network,
  unconditional: Network,
  schedule: NoiseSchedule,
  options: GuidanceOptions,
): Network {
  return async (z, timestep, context) => {
    const scale = guidanceScaleAt(schedule, timestep, options);
    if (scale === 1) return await conditional(z, timestep, context);
    const [withCondition, without] = await Promise.all([
      conditional(z, timestep, context),
      unconditional(z, timestep, context),
    ]);
    return guide(withCondition, without, scale, options);
  };
}
