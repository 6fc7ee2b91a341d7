import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { row } from "./_testing.ts";
import { guidanceScaleAt, guide, guided } from "./guidance.ts";
import { noiseLevel } from "./noise_level.ts";
import { noiseSchedule } from "./noise_schedule.ts";
import { denoisedFrom } from "./prediction.ts";

const schedule = noiseSchedule("cosine");
const conditional = row(1, 2, -0.5);
const unconditional = row(0.5, 2.5, 0);

Deno.test("guide() is the unconditional at 0 and the conditional at 1", () => {
  assertEquals(guide(conditional, unconditional, 0), unconditional);
  assertEquals(guide(conditional, unconditional, 1), conditional);
  assertEquals(guide(conditional, unconditional, 3).data, Float32Array.of(2, 1, -1.5));
});

Deno.test("guide() does the same to predictions and to denoised latents", () => {
  const z = row(0.3, -0.4, 1.1);
  const level = noiseLevel(schedule, 600);
  for (const prediction of ["epsilon", "v"] as const) {
    const toDenoised = (output: Tensor) => denoisedFrom(prediction, z, output, level);
    const before = toDenoised(guide(conditional, unconditional, 4));
    const after = guide(toDenoised(conditional), toDenoised(unconditional), 4);
    before.data.forEach((value, i) => assertAlmostEquals(value, after.data[i]!, 1e-5));
  }
});

Deno.test("guide() brings each sample's deviation back when rescaled", () => {
  const deviation = (values: Float32Array) => {
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };
  const c = tensor([2, 3], Float32Array.of(1, 2, -0.5, 10, 20, 60));
  const u = tensor([2, 3], Float32Array.of(0.5, 2.5, 0, 5, 20, 0));
  const plain = guide(c, u, 5);
  const whole = guide(c, u, 5, { rescale: 1 });
  const partly = guide(c, u, 5, { rescale: 0.7 });
  for (const start of [0, 3]) {
    const part = ({ data }: Tensor) => data.slice(start, start + 3);
    assertAlmostEquals(deviation(part(whole)), deviation(part(c)), 1e-4);
    part(partly).forEach((value, i) =>
      assertAlmostEquals(value, 0.7 * part(whole)[i]! + 0.3 * part(plain)[i]!, 1e-4)
    );
  }
});

Deno.test("guide() keeps a constant prediction when rescaled", () => {
  assertEquals(guide(row(2, 2), row(1, 1), 2, { rescale: 1 }), row(3, 3));
});

Deno.test("guide() throws when an option or a shape is wrong", () => {
  assertThrows(() => guide(conditional, row(1), 2), RangeError, "[1,1]");
  assertThrows(() => guide(conditional, unconditional, NaN), RangeError, '"NaN"');
  assertThrows(() => guide(conditional, unconditional, 2, { rescale: 2 }), RangeError, '"2"');
});

Deno.test("guidanceScaleAt() holds above the first bound and up to the second", () => {
  const { alpha, sigma } = noiseLevel(schedule, 500);
  const ratio = sigma / alpha;
  const at = (low: number, high: number) =>
    guidanceScaleAt(schedule, 500, { scale: 4, interval: [low, high] });
  assertEquals([at(0, ratio), at(ratio, Infinity), at(0, ratio / 2)], [4, 1, 1]);
  assertThrows(() => at(2, 1), RangeError, '"2" to "1"');

  const rescaled = noiseSchedule("cosine", { zeroTerminalSnr: true });
  assertEquals(guidanceScaleAt(rescaled, 999, { scale: 4 }), 4);
  assertEquals(guidanceScaleAt(rescaled, 999, { scale: 4, interval: [0, 100] }), 1);
});

Deno.test("guided() calls the unconditional network in the interval only", async () => {
  const calls: number[] = [];
  const network = guided(
    () => Promise.resolve(conditional),
    (_, timestep) => {
      calls.push(timestep);
      return Promise.resolve(unconditional);
    },
    schedule,
    { scale: 3, interval: [0.1, 10] },
  );
  assertEquals(await network(row(0, 0, 0), 999, {}), conditional);
  assertEquals(calls, []);
  assertEquals(await network(row(0, 0, 0), 500, {}), guide(conditional, unconditional, 3));
  assertEquals(calls, [500]);
});
