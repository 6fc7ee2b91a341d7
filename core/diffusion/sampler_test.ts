import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { denoiseGaussian, row, run, solveGaussian } from "./_testing.ts";
import { ddim } from "./ddim.ts";
import { ddpm } from "./ddpm.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler_ancestral.ts";
import { noise } from "./noise.ts";
import { noiseLevel } from "./noise_level.ts";
import { noiseSchedule } from "./noise_schedule.ts";
import type { SamplerOptions } from "./sampler.ts";
import { getSampler, type SamplerName, samplers } from "./samplers.ts";

const target = { mean: 0.7, deviation: 0.5 };
const deterministic = ["ddim", "euler", "heun", "dpm++", "unipc"] as const;
const stochastic = ["ddpm", "euler-ancestral", "dpm++-sde"] as const;
const stableDiffusion = noiseSchedule("scaled-linear", { betaStart: 0.00085, betaEnd: 0.012 });
const cosine = noiseSchedule("cosine");
const clean = { alpha: 1, sigma: 0 };

/** The errors against the exact ODE, half way (timestep 499) and at the end. */
function errors(name: SamplerName, schedule: typeof cosine, steps: number): [number, number] {
  let start: { z: number; timestep: number } | undefined;
  let middle = NaN;
  const exact = (to: { alpha: number; sigma: number }) =>
    solveGaussian(target, start!.z, noiseLevel(schedule, start!.timestep), to);
  let last = -1;
  const result = run(samplers[name](row(1.3), schedule, { steps }), (z, timestep, step) => {
    start ??= { z: z.data[0]!, timestep };
    if (timestep === 499 && step > last) {
      middle = z.data[0]! - exact(noiseLevel(schedule, 499));
    }
    last = step;
    return denoiseGaussian(target, schedule, z, timestep);
  });
  return [Math.abs(middle), Math.abs(result.data[0]! - exact(clean))];
}

// Measured half way, since the last step, straight to clean, is of first order with all of them.
for (
  const [name, low, high] of [
    ["ddim", 0.95, 1.05],
    ["euler", 0.95, 1.05],
    ["heun", 1.9, 2.2],
    ["dpm++", 1.9, 2.1],
    ["unipc", 2.8, 3.1],
  ] as const
) {
  Deno.test(`${name} converges to the ODE of a Gaussian with order ${low} to ${high}`, () => {
    const [coarse, middle, fine] = [10, 20, 40].map((n) => errors(name, stableDiffusion, n)[0]);
    for (const order of [Math.log2(coarse! / middle!), Math.log2(middle! / fine!)]) {
      assert(order > low && order < high, `the order is ${order}`);
    }
  });
}

Deno.test("deterministic samplers end in the sample of the ODE", () => {
  for (const zeroTerminalSnr of [false, true]) {
    const schedule = noiseSchedule("cosine", { zeroTerminalSnr });
    for (const name of deterministic) {
      const [few, more, many] = [10, 50, 250].map((steps) => errors(name, schedule, steps)[1]);
      assert(few! < 0.1 && more! < few! / 4 && many! < 0.005, `${name}: ${few} ${more} ${many}`);
    }
  }
});

Deno.test("stochastic samplers give the mean and deviation of a Gaussian", () => {
  const shape = [1, 20_000];
  for (const name of [...stochastic, "ddim"] as const) {
    const options = {
      steps: 100,
      eta: 1,
      stepNoise: (step: number) => noise(shape, { seed: 1, name, step }),
    };
    const { data } = run(
      samplers[name](noise(shape, { seed: 1, name }), cosine, options),
      (z, timestep) => denoiseGaussian(target, cosine, z, timestep),
    );
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    // Four standard errors of the mean; the deviation also has the steps' own error, of 1/steps.
    assertAlmostEquals(mean, target.mean, 4 * target.deviation / Math.sqrt(data.length), name);
    assertAlmostEquals(Math.sqrt(variance), target.deviation, 0.02, name);
  }
});

Deno.test("ddpm() takes the reverse step of Ho et al. when it walks every timestep", () => {
  const sampling = ddpm(row(0.9), cosine, { steps: 1000, stepNoise: () => row(0) });
  const z: number[] = [];
  const epsilon = 0.4;
  for (let state = sampling.next(); !state.done && z.length < 900;) {
    const { timestep } = state.value;
    const { alpha, sigma } = noiseLevel(cosine, timestep);
    z.push(state.value.z.data[0]!);
    state = sampling.next(row((z.at(-1)! - sigma * epsilon) / alpha));
  }
  // Algorithm 2, line 4, at timestep 500.
  const beta = cosine.betas[500]!;
  const { sigma } = noiseLevel(cosine, 500);
  const expected = (z[499]! - beta / sigma * epsilon) / Math.sqrt(1 - beta);
  assertAlmostEquals(z[500]!, expected, Math.abs(expected) * 1e-6);
});

Deno.test("samplers that are one method in two notations agree", () => {
  const stepNoise = (step: number) => noise([1, 8], { seed: 3, name: "step", step });
  const options = { steps: 12, spacing: "leading", stepNoise } as const;
  const start = noise([1, 8], { seed: 3, name: "start" });
  const denoise = (z: Tensor, t: number) => denoiseGaussian(target, cosine, z, t);
  const same = (a: Tensor, b: Tensor) =>
    a.data.forEach((value, i) => assertAlmostEquals(value, b.data[i]!, 2e-6));
  same(run(euler(start, cosine, options), denoise), run(ddim(start, cosine, options), denoise));
  const ancestral = run(ddpm(start, cosine, options), denoise);
  same(run(eulerAncestral(start, cosine, options), denoise), ancestral);
  same(run(ddim(start, cosine, { ...options, eta: 1 }), denoise), ancestral);
});

Deno.test("samplers give a sample the same numbers in a batch of 1 and of 8", () => {
  const rest = [2, 3, 3];
  const sampleOf = (name: SamplerName, batch: number, first: number) => {
    const shape = [batch, ...rest];
    const key = { seed: 9, name: "image", samples: first };
    const options = {
      steps: 6,
      eta: 0.5,
      stepNoise: (step: number) => noise(shape, { ...key, step }),
    };
    return run(
      samplers[name](noise(shape, key), cosine, options),
      (z) => tensor(z.shape, z.data.map(Math.tanh)),
    );
  };
  for (const name of Object.keys(samplers) as SamplerName[]) {
    const together = sampleOf(name, 8, 0);
    const alone = sampleOf(name, 1, 5);
    assertEquals(alone.data, together.data.slice(5 * 18, 6 * 18), name);
  }
});

Deno.test("samplers stay finite from pure noise and with every number of steps", () => {
  const schedule = noiseSchedule("cosine", { zeroTerminalSnr: true });
  for (const name of Object.keys(samplers) as SamplerName[]) {
    for (const steps of [1, 2, 3, 4, 20]) {
      const options = { steps, stepNoise: (step: number) => row(Math.sin(step)) };
      const { data } = run(
        samplers[name](row(1.3), schedule, options),
        (z, timestep) => denoiseGaussian(target, schedule, z, timestep),
      );
      assert(Math.abs(data[0]! - target.mean) < 4 * target.deviation, `${name} ${steps}: ${data}`);
    }
  }
});

Deno.test("samplers leave the noise they are given as it is", () => {
  for (const name of Object.keys(samplers) as SamplerName[]) {
    const start = row(0.25, -0.5);
    const fresh = row(1, 2);
    run(samplers[name](start, cosine, { steps: 4, stepNoise: () => fresh }), (z) => z);
    assertEquals([start, fresh], [row(0.25, -0.5), row(1, 2)]);
  }
});

Deno.test("stochastic samplers throw when there is no noise to take", () => {
  const first = (name: SamplerName, options: SamplerOptions) => () =>
    run(samplers[name](row(1), cosine, options), (z) => z);
  for (const name of stochastic) {
    assertThrows(first(name, { steps: 2 }), TypeError, '"stepNoise"');
    const stepNoise = () => row(1, 2);
    assertThrows(first(name, { steps: 2, stepNoise }), RangeError, 'step "0"');
  }
  assertThrows(first("ddim", { steps: 2, eta: 1 }), TypeError, '"stepNoise"');
  assertThrows(first("ddim", { steps: 2, eta: 1.5 }), RangeError, '"1.5"');
});

Deno.test("getSampler() throws with all names when there is none", () => {
  for (const name of ["plms", "toString"]) {
    const error = assertThrows(() => getSampler(name), RangeError, `"${name}"`);
    assert(Object.keys(samplers).every((known) => error.message.includes(known)));
  }
});
