import type { Tensor } from "../tensor/mod.ts";
import { combine } from "./combine.ts";
import { logSignalToNoise, samplerSteps, type Step } from "./_steps.ts";
import type { NoiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions, Sampling } from "./sampler.ts";

/** A step that was predicted, with what is needed to correct it. */
interface Predicted {
  /** The latents the step began with. */
  readonly z: Tensor;
  /** The denoised latents it began with. */
  readonly denoised: Tensor;
  /** The denoised latents one step earlier, and the length of that step in λ; order 2 only. */
  readonly earlier: { readonly denoised: Tensor; readonly h: number } | undefined;
  readonly from: Step["from"];
  readonly to: Step["to"];
  /** The length of the step in λ. */
  readonly h: number;
}

/**
 * UniPC of order 2 in B2(h) = e^h − 1 and data prediction: Zhao et al. 2023, "UniPC: A Unified
 * Predictor-Corrector Framework for Fast Sampling of Diffusion Models", algorithms 1 and 2 (UniC and
 * UniP). Deterministic, one evaluation a step: the evaluation that predicts a step also corrects the
 * one before. The predictor is of second order, the corrector of third; the first step and the last
 * are one order lower.
 *
 * @param noise Standard normal, [batch, ...]; the latents at the first timestep.
 * @param schedule The noise schedule the network was trained with.
 * @param options The number of steps and their spacing.
 * @returns The sampling; it yields what is to be denoised and returns the sample.
 *
 * @example Few steps
 * ```ts
 * import { noiseSchedule, sample, unipc } from "@codi/core/diffusion";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const clean = tensor([1, 2], Float32Array.of(1, 2));
 * const result = await sample(
 *   () => Promise.resolve(clean),
 *   tensor([1, 2], Float32Array.of(0.3, -0.4)),
 *   noiseSchedule("cosine"),
 *   { sampler: unipc, steps: 5 },
 * );
 * assertEquals(result, clean);
 * ```
 */
export function* unipc(noise: Tensor, schedule: NoiseSchedule, options: SamplerOptions): Sampling {
  let z = noise;
  let last: Predicted | undefined;
  for (const { from, to, ...at } of samplerSteps(schedule, options, "open")) {
    const denoised = yield { z, timestep: from.timestep, ...at };
    if (last !== undefined) z = correct(last, denoised);
    const isLast = at.step === at.steps - 1;
    const predicted: Predicted = {
      z,
      denoised,
      earlier: last === undefined || isLast ? undefined : { denoised: last.denoised, h: last.h },
      from,
      to,
      h: logSignalToNoise(to) - logSignalToNoise(from),
    };
    z = predict(predicted);
    last = predicted;
  }
  return z;
}

/** UniP-2; with B2 its weights are those of DPM-Solver++(2M). */
function predict({ z, denoised, earlier, from, to, h }: Predicted): Tensor {
  const ofLatent = to.sigma / from.sigma;
  const ofDenoised = -to.alpha * Math.expm1(-h);
  if (earlier === undefined) return combine([ofLatent, z], [ofDenoised, denoised]);
  const extra = h / earlier.h / 2;
  return combine([ofLatent, z], [ofDenoised * (1 + extra), denoised], [
    -ofDenoised * extra,
    earlier.denoised,
  ]);
}

/** UniC of the predictor's order: the step again, with the denoised latents at its end. */
function correct({ z, denoised, earlier, from, to, h }: Predicted, atEnd: Tensor): Tensor {
  const ofLatent = to.sigma / from.sigma;
  const ofDenoised = -to.alpha * Math.expm1(-h);
  if (earlier === undefined) {
    return combine([ofLatent, z], [ofDenoised / 2, denoised], [ofDenoised / 2, atEnd]);
  }
  // The weights a of the differences D1 / r at the step before and at the end: R(h) a = B(h) b.
  const [first, second] = moments(h);
  const r = -earlier.h / h;
  const ofEarlier = (first - second) / (1 - r);
  const ofEnd = first - ofEarlier;
  const slope = ofEarlier / r;
  return combine(
    [ofLatent, z],
    [ofDenoised * (1 - slope - ofEnd), denoised],
    [ofDenoised * slope, earlier.denoised],
    [ofDenoised * ofEnd, atEnd],
  );
}

/** The right-hand sides n! · h^n φ_{n+1}(−h) / B2 for n = 1, 2, as diffusers writes them. */
function moments(h: number): [number, number] {
  const base = Math.expm1(-h);
  const phi2 = base / -h - 1;
  const phi3 = phi2 / -h - 1 / 2;
  return [phi2 / base, 2 * phi3 / base];
}
