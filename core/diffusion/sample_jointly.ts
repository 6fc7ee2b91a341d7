import type { Tensor } from "../tensor/mod.ts";
import { requireShape } from "./combine.ts";
import type { DenoiseContext, Query, Sampling } from "./sampler.ts";

/** What a sampling has reached after a step. */
export interface SampleStep {
  /** The index of the step, from 0. */
  readonly step: number;
  /** The number of steps. */
  readonly steps: number;
  /** The timestep of the step's last evaluation. */
  readonly timestep: number;
  /** The current estimate of the clean latents, [batch, ...]. */
  readonly denoised: Tensor;
  /** The latents after the step, [batch, ...]; the sample itself after the last. */
  readonly z: Tensor;
}

/** Denoises several latents that may look at each other, all queries at once. */
export type JointDenoiser<Name extends string> = (
  queries: Readonly<Record<Name, Query>>,
  context: DenoiseContext,
) => Promise<Readonly<Record<Name, Tensor>>>;

/**
 * Drives several samplings in lock-step: CoDi, section 3.4. Every evaluation is one call of `denoise`
 * with all current latents, so that each network may read the others'. Breaking off the loop ends
 * the samplings.
 *
 * @param denoise From the queries of all samplings to their denoised latents, by the same names.
 * @param samplings By name, as the samplers return them; all with the same number of evaluations.
 * @param context The signal that ends it.
 * @returns An async iterator over the steps, whose return value holds the samples.
 * @throws {RangeError} If the samplings fall out of step, or denoised latents have a wrong shape.
 * @throws The signal's reason, when aborted.
 *
 * @example Two latents that read each other
 * ```ts
 * import { ddim, noise, noiseSchedule, sampleJointlySteps } from "@codi/core/diffusion";
 * import { assertEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine");
 * const start = (name: string) => noise([1, 4], { seed: 7, name });
 * const steps = sampleJointlySteps(
 *   ({ image, audio }) => Promise.resolve({ image: audio.z, audio: image.z }),
 *   {
 *     image: ddim(start("image"), schedule, { steps: 5 }),
 *     audio: ddim(start("audio"), schedule, { steps: 5 }),
 *   },
 * );
 * const timesteps = [];
 * for await (const { image } of steps) timesteps.push(image.timestep);
 * assertEquals(timesteps, [999, 799, 599, 399, 199]);
 * ```
 */
export async function* sampleJointlySteps<Name extends string>(
  denoise: JointDenoiser<Name>,
  samplings: Readonly<Record<Name, Sampling>>,
  context: DenoiseContext = {},
): AsyncGenerator<Record<Name, SampleStep>, Record<Name, Tensor>, void> {
  const names = Object.keys(samplings) as Name[];
  const byName = <Value>(value: (name: Name) => Value): Record<Name, Value> =>
    Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;

  context.signal?.throwIfAborted();
  let states = byName((name) => samplings[name].next());
  while (names.some((name) => !states[name].done)) {
    const queries = byName((name) => running(states[name], name));
    const denoised = await denoise(queries, context);
    context.signal?.throwIfAborted();
    states = byName((name) => {
      requireShape(
        denoised[name],
        queries[name].z.shape,
        `denoise "${name}" at timestep "${queries[name].timestep}"`,
      );
      return samplings[name].next(denoised[name]);
    });
    const stepIsOver = names.every((name) => {
      const { done, value } = states[name];
      return done || value.step > queries[name].step;
    });
    if (stepIsOver) {
      yield byName((name) => {
        const { step, steps, timestep } = queries[name];
        const { done, value } = states[name];
        return { step, steps, timestep, denoised: denoised[name], z: done ? value : value.z };
      });
      context.signal?.throwIfAborted();
    }
  }
  return byName((name) => states[name].value as Tensor);
}

function running(state: IteratorResult<Query, Tensor>, name: string): Query {
  if (!state.done) return state.value;
  throw new RangeError(
    `Cannot sample in lock-step: "${name}" is done before the others, give all the same number of evaluations`,
  );
}
