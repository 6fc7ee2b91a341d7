import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tensor } from "../tensor/mod.ts";
import { row } from "./_testing.ts";
import { addNoise, noiseLevel, velocity } from "./noise_level.ts";
import { noiseSchedule } from "./noise_schedule.ts";

const schedule = noiseSchedule("cosine");

Deno.test("noiseLevel() splits the variance at every timestep", () => {
  for (const timestep of [0, 0.5, 123, 499.25, 998.999, 999]) {
    const { alpha, sigma } = noiseLevel(schedule, timestep);
    assertAlmostEquals(alpha ** 2 + sigma ** 2, 1, 1e-14);
  }
});

Deno.test("noiseLevel() interpolates sigma / alpha between timesteps", () => {
  const ratio = (timestep: number) => {
    const { alpha, sigma } = noiseLevel(schedule, timestep);
    return sigma / alpha;
  };
  assertAlmostEquals(ratio(500.25), 0.75 * ratio(500) + 0.25 * ratio(501), 1e-12);
});

Deno.test("noiseLevel() is pure noise next to a terminal of zero signal", () => {
  const rescaled = noiseSchedule("cosine", { zeroTerminalSnr: true });
  assertEquals(noiseLevel(rescaled, 998.5), { timestep: 998.5, alpha: 0, sigma: 1 });
});

Deno.test("noiseLevel() throws outside the schedule", () => {
  for (const timestep of [-1, 999.5, 1000, NaN]) {
    assertThrows(() => noiseLevel(schedule, timestep), RangeError, `"${timestep}"`);
  }
});

Deno.test("addNoise() and velocity() are a rotation of signal and noise", () => {
  const z0 = row(0.3, -1.2);
  const noise = row(1.1, 0.4);
  const z = addNoise(schedule, z0, noise, 400);
  const v = velocity(schedule, z0, noise, 400);
  const { alpha, sigma } = noiseLevel(schedule, 400);
  for (const i of [0, 1]) {
    assertAlmostEquals(alpha * z.data[i]! - sigma * v.data[i]!, z0.data[i]!, 1e-6);
    assertAlmostEquals(sigma * z.data[i]! + alpha * v.data[i]!, noise.data[i]!, 1e-6);
  }
});

Deno.test("addNoise() takes a timestep for each sample", () => {
  const z0 = tensor([2, 2], Float32Array.of(1, 2, 3, 4));
  const noise = tensor([2, 2], Float32Array.of(-1, 1, 1, -1));
  const together = addNoise(schedule, z0, noise, [10, 900]);
  assertEquals(together.data.slice(0, 2), addNoise(schedule, z0, noise, 10).data.slice(0, 2));
  assertEquals(together.data.slice(2), addNoise(schedule, z0, noise, 900).data.slice(2));
});

Deno.test("addNoise() throws when shapes or numbers of timesteps differ", () => {
  assertThrows(() => addNoise(schedule, row(1, 2), row(1), 5), RangeError, '"[1,1]"');
  assertThrows(() => addNoise(schedule, row(1), row(1), [5, 6]), RangeError, '"2" timesteps');
});
