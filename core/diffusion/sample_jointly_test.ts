import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { row } from "./_testing.ts";
import { dpmSolver } from "./dpm_solver.ts";
import { heun } from "./heun.ts";
import { noiseSchedule } from "./noise_schedule.ts";
import { sample } from "./sample.ts";
import { type JointDenoiser, sampleJointlySteps } from "./sample_jointly.ts";

const image = noiseSchedule("cosine");
const audio = noiseSchedule("linear");
const shrink = (z: Tensor, bias: number) =>
  tensor(z.shape, z.data.map((value) => Math.tanh(value + bias)));

async function samples<Name extends string>(
  ...parameters: Parameters<typeof sampleJointlySteps<Name>>
): Promise<Record<Name, Tensor>> {
  const steps = sampleJointlySteps(...parameters);
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
  }
}

Deno.test("sampleJointlySteps() gives each its own sample when they do not look at each other", async () => {
  for (const sampler of [dpmSolver, heun]) {
    const together = await samples(
      ({ a, b }) => Promise.resolve({ a: shrink(a.z, 0), b: shrink(b.z, 1) }),
      {
        a: sampler(row(0.4, -1), image, { steps: 4 }),
        b: sampler(row(1.4, 2, 3), audio, { steps: 4 }),
      },
    );
    const alone = (start: Tensor, schedule: typeof image, bias: number) =>
      sample((z) => Promise.resolve(shrink(z, bias)), start, schedule, { sampler, steps: 4 });
    assertEquals(together.a, await alone(row(0.4, -1), image, 0));
    assertEquals(together.b, await alone(row(1.4, 2, 3), audio, 1));
  }
});

Deno.test("sampleJointlySteps() shows each the others' current latents", async () => {
  const denoise: JointDenoiser<"a" | "b"> = ({ a, b }) => {
    assertEquals([a.step, a.timestep], [b.step, b.timestep]);
    return Promise.resolve({ a: shrink(a.z, b.z.data[0]!), b: shrink(b.z, 0) });
  };
  const start = (b: number) => ({
    a: dpmSolver(row(0.4), image, { steps: 4 }),
    b: dpmSolver(row(b), image, { steps: 4 }),
  });
  const one = await samples(denoise, start(1));
  const other = await samples(denoise, start(-1));
  assertNotEquals(one.a, other.a);
});

Deno.test("sampleJointlySteps() rejects when the samplings fall out of step", async () => {
  await assertRejects(
    () =>
      samples(({ a, b }) => Promise.resolve({ a: a.z, b: b.z }), {
        a: dpmSolver(row(1), image, { steps: 3 }),
        b: dpmSolver(row(1), image, { steps: 4 }),
      }),
    RangeError,
    '"a" is done before the others',
  );
});

Deno.test("sampleJointlySteps() names what was denoised to a wrong shape", async () => {
  await assertRejects(
    () =>
      samples(({ a }) => Promise.resolve({ a: a.z, b: row(1, 2) }), {
        a: dpmSolver(row(1), image, { steps: 3 }),
        b: dpmSolver(row(1), image, { steps: 3 }),
      }),
    RangeError,
    'Cannot denoise "b" at timestep "999"',
  );
});
