import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Tensor } from "../tensor/mod.ts";
import { gaussianDenoiser, row } from "./_testing.ts";
import { noiseSchedule } from "./noise_schedule.ts";
import { sample, sampleSteps } from "./sample.ts";
import type { SampleStep } from "./sample_jointly.ts";

const schedule = noiseSchedule("cosine");
const denoise = gaussianDenoiser({ mean: 0.7, deviation: 0.5 }, schedule);

Deno.test("sample() reports every step once", async () => {
  for (const sampler of ["ddim", "heun"] as const) {
    const reports: SampleStep[] = [];
    const onStep = (step: SampleStep) => void reports.push(step);
    const result = await sample(denoise, row(1.3, -0.2), schedule, { sampler, steps: 4, onStep });
    assertEquals(reports.map(({ step, steps }) => [step, steps]), [[0, 4], [1, 4], [2, 4], [3, 4]]);
    assertEquals(reports.at(-1)?.z, result);
    assertEquals(reports.at(-1)?.denoised, result);
    assertEquals(reports.at(-1)?.timestep, 249);
  }
});

Deno.test("sample() takes ddim in trailing timesteps when nothing is said", async () => {
  const timesteps: number[] = [];
  await sample(denoise, row(1), schedule, {
    steps: 2,
    onStep: ({ timestep }) => timesteps.push(timestep),
  });
  assertEquals(timesteps, [999, 499]);
});

Deno.test("sampleSteps() yields what sample() reports and can be broken off", async () => {
  const whole = await sample(denoise, row(1.3), schedule, { steps: 5, sampler: "unipc" });
  let last: Tensor | undefined;
  let count = 0;
  for await (
    const { z } of sampleSteps(denoise, row(1.3), schedule, { steps: 5, sampler: "unipc" })
  ) {
    last = z;
    count++;
  }
  assertEquals([count, last], [5, whole]);

  let calls = 0;
  const counting = (z: Tensor) => {
    calls++;
    return Promise.resolve(z);
  };
  for await (const { step } of sampleSteps(counting, row(1), schedule, { steps: 5 })) {
    if (step === 1) break;
  }
  assertEquals(calls, 2);
});

Deno.test("sample() rejects with the signal's reason when aborted between steps", async () => {
  const controller = new AbortController();
  const reason = new Error("no longer wanted");
  const seen: number[] = [];
  const error = await assertRejects(() =>
    sample(denoise, row(1), schedule, {
      steps: 10,
      signal: controller.signal,
      onStep: ({ step }) => {
        seen.push(step);
        if (step === 2) controller.abort(reason);
      },
    })
  );
  assert(error === reason);
  assertEquals(seen, [0, 1, 2]);
});

Deno.test("sample() rejects when aborted beforehand or while the denoiser runs", async () => {
  let calls = 0;
  const counting = (z: Tensor) => {
    calls++;
    return Promise.resolve(z);
  };
  const signal = AbortSignal.abort(new RangeError("too late"));
  await assertRejects(
    () => sample(counting, row(1), schedule, { steps: 3, signal }),
    RangeError,
    "too late",
  );
  assertEquals(calls, 0);

  const controller = new AbortController();
  await assertRejects(
    () =>
      sample(
        (z, _, context) => {
          calls++;
          assert(context.signal === controller.signal);
          controller.abort(new RangeError("meanwhile"));
          return Promise.resolve(z);
        },
        row(1),
        schedule,
        { steps: 3, signal: controller.signal },
      ),
    RangeError,
    "meanwhile",
  );
  assertEquals(calls, 1);
});

Deno.test("sample() rejects when a name or a shape is wrong", async () => {
  await assertRejects(
    // @ts-expect-error a name from a file
    () => sample(denoise, row(1), schedule, { steps: 2, sampler: "plms" }),
    RangeError,
    '"plms"',
  );
  await assertRejects(
    () => sample(() => Promise.resolve(row(1, 2)), row(1), schedule, { steps: 2 }),
    RangeError,
    'the shape "[1,2]" should be "[1,1]"',
  );
});
