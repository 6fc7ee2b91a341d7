import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { row } from "./_testing.ts";
import { addNoise, noiseLevel } from "./noise_level.ts";
import { noiseSchedule } from "./noise_schedule.ts";
import { denoisedFrom, denoiser, epsilonFrom, predictionTarget } from "./prediction.ts";

const schedule = noiseSchedule("cosine");
const z0 = row(0.3, -1.2, 0.8);
const noise = row(1.1, 0.4, -0.7);

Deno.test("denoiser() recovers the clean latents from every kind of prediction", async () => {
  for (const prediction of ["epsilon", "v", "x0"] as const) {
    for (const timestep of [0, 300, 900]) {
      const target = predictionTarget(prediction, schedule, z0, noise, timestep);
      const denoise = denoiser(() => Promise.resolve(target), prediction, schedule);
      const z = addNoise(schedule, z0, noise, timestep);
      const denoised = await denoise(z, timestep, {});
      const epsilon = epsilonFrom(z, denoised, noiseLevel(schedule, timestep));
      z0.data.forEach((value, i) => {
        assertAlmostEquals(denoised.data[i]!, value, 1e-5, `${prediction} at ${timestep}`);
        assertAlmostEquals(epsilon.data[i]!, noise.data[i]!, 3e-5, `${prediction} at ${timestep}`);
      });
    }
  }
});

Deno.test("denoiser() hands timestep and signal to the network", async () => {
  const { signal } = new AbortController();
  const seen: unknown[] = [];
  const denoise = denoiser(
    (z, timestep, context) => {
      seen.push(timestep, context.signal);
      return Promise.resolve(z);
    },
    "x0",
    schedule,
  );
  await denoise(z0, 12, { signal });
  assertEquals(seen, [12, signal]);
});

Deno.test("denoiser() rejects when the prediction has another shape", async () => {
  const denoise = denoiser(() => Promise.resolve(row(1)), "v", schedule);
  await assertRejects(() => denoise(z0, 12, {}), RangeError, 'timestep "12"');
});

Deno.test("denoisedFrom() throws when noise was predicted where all is noise", () => {
  const level = { timestep: 999, alpha: 0, sigma: 1 };
  assertThrows(() => denoisedFrom("epsilon", z0, noise, level), RangeError, "predict v or x0");
  assertEquals(denoisedFrom("v", z0, noise, level).data, noise.data.map((value) => -value));
});

Deno.test("denoisedFrom() and predictionTarget() throw when the type is unknown", () => {
  const level = noiseLevel(schedule, 10);
  // @ts-expect-error a type from a file
  assertThrows(() => denoisedFrom("flow", z0, noise, level), RangeError, '"flow"');
  // @ts-expect-error a type from a file
  assertThrows(() => predictionTarget("flow", schedule, z0, noise, 3), RangeError, '"flow"');
});

Deno.test("epsilonFrom() throws where there is no noise", () => {
  const level = { timestep: 0, alpha: 1, sigma: 0 };
  assertThrows(() => epsilonFrom(z0, z0, level), RangeError, 'sigma is "0"');
});
