import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { row } from "./_testing.ts";
import { noiseSchedule, type NoiseScheduleName } from "./noise_schedule.ts";
import { denoiser, type PredictionType } from "./prediction.ts";
import { sampleSteps } from "./sample.ts";
import type { SamplerOptions } from "./sampler.ts";
import { type SamplerName, samplers } from "./samplers.ts";
import golden from "./testdata/diffusers_0_42_1.json" with { type: "json" };

// Whole trajectories against Hugging Face diffusers; the file says how they were made. Beyond these
// few, 3 400 settings were compared once: 3 schedules, 3 predictions, trailing, linspace and leading
// with and without offset, 1 to 50 steps, zero terminal SNR. The largest differences, as a share of
// the largest latent: 6e-7 with diffusers brought to float64 (heun 2e-4 in 2 steps, 5e-6 in more), 2e-5
// in its own float32 (heun 3e-4). Not so where the module's text names a difference, and where
// diffusers' float32 gives way: Euler's x at 20 000 times the latents, in cosine schedules, to 5e-3, and
// DDIM at eta = 1, to 4e-4 or not a number.
Deno.test("samplers follow the trajectories of diffusers", async () => {
  const tested = new Set<string>();
  for (const { sampler, schedule: name, prediction, options, ...expected } of golden.cases) {
    tested.add(sampler);
    const schedule = noiseSchedule(
      name as NoiseScheduleName,
      name === "scaled-linear" ? { betaStart: 0.00085, betaEnd: 0.012 } : {},
    );
    const timesteps: number[] = [];
    const network = denoiser(
      (z, t) => {
        timesteps.push(t);
        const output = [...z.data].map((value) =>
          0.9 * Math.tanh(0.7 * value + 0.3) + 0.1 * Math.cos(3 * t / 1000)
        );
        return Promise.resolve(row(...output));
      },
      prediction as PredictionType,
      schedule,
    );
    const trajectory: number[][] = [];
    for await (
      const { z } of sampleSteps(network, row(...golden.noise), schedule, {
        ...options as SamplerOptions,
        sampler: sampler as SamplerName,
        stepNoise: (step) => row(Math.sin(step + 1), Math.cos(2 * step)),
      })
    ) trajectory.push([...z.data]);

    const what = `${sampler} ${name} ${prediction}`;
    assertEquals(timesteps, expected.timesteps, what);
    assertEquals(trajectory.length, expected.trajectory.length, what);
    const size = Math.max(1, ...expected.trajectory.flat().map(Math.abs));
    expected.trajectory.flat().forEach((value, i) => {
      assertAlmostEquals(trajectory.flat()[i]!, value, 1e-5 * size, `${what}, value ${i}`);
    });
  }
  assert(Object.keys(samplers).every((name) => tested.has(name)));
});
