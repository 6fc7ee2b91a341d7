import type { Tensor } from "../tensor/mod.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { TimestepOptions } from "./timesteps.ts";

/** What goes along with every evaluation of a network. */
export interface DenoiseContext {
  /** Aborted when the result is no longer wanted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A network with its condition bound: from noisy latents, [batch, ...], and one timestep for all of
 * them to a prediction of the same shape. What it predicts is said where it is used.
 */
export type Network = (z: Tensor, timestep: number, context: DenoiseContext) => Promise<Tensor>;

/**
 * A network that predicts the clean latents z0. It is the one thing samplers know: the noise follows
 * from it, epsilon = (z − alpha · z0) / sigma. `denoiser()` makes one of any network.
 */
export type Denoiser = Network;

/** What a sampler wants to be told: the clean latents behind `z`. */
export interface Query {
  /** The latents to denoise, [batch, ...], variance preserving: alpha · z0 + sigma · epsilon. */
  readonly z: Tensor;
  /** Their timestep, in [0, trainingSteps − 1]; fractional with some samplers, and shifted. */
  readonly timestep: number;
  /** The index of the sampling step, from 0. A second-order sampler asks twice in a step. */
  readonly step: number;
  /** The number of sampling steps. */
  readonly steps: number;
}

/**
 * A sampler at work: a pure coroutine. It yields what it wants denoised, is resumed with the denoised
 * latents, and returns the sample. Whoever drives it calls the network, so several of them can be
 * advanced in lock-step.
 */
export type Sampling = Generator<Query, Tensor, Tensor>;

/** The options of every sampler; each takes those that concern it. */
export interface SamplerOptions extends TimestepOptions {
  /**
   * How much of its noise DDIM draws afresh: 0 is deterministic, 1 is DDPM. In [0, 1].
   * @default 0
   */
  readonly eta?: number;
  /**
   * Standard normal numbers, shaped like the latents, for a step of a stochastic sampler.
   * A pure function of the step's index; `noise()` makes them from a seed.
   */
  readonly stepNoise?: (step: number) => Tensor;
}

/**
 * A sampler: from standard normal noise, [batch, ...], to a coroutine that turns it into a sample.
 * Wrong options are reported by the coroutine's first `next()`, as a RangeError or TypeError.
 */
export type Sampler = (
  noise: Tensor,
  schedule: NoiseSchedule,
  options: SamplerOptions,
) => Sampling;
