import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { noiseSchedule, type NoiseScheduleName } from "./noise_schedule.ts";

// alphas_cumprod[0, 1, 250, 500, 750, 998, 999] of diffusers 0.42.1 (DDPMScheduler, float32).
const golden: readonly [NoiseScheduleName, boolean, readonly number[]][] = [
  ["linear", false, [
    0.9999,
    0.9997801,
    0.521423,
    0.07779665,
    0.003300159,
    4.118194e-5,
    4.03583e-5,
  ]],
  ["linear", true, [0.9999, 0.9997793, 0.5188606, 0.0752462, 0.002644107, 4.213274e-9, 0]],
  ["scaled-linear", false, [
    0.99915,
    0.998296,
    0.6737923,
    0.2763325,
    0.0561698,
    0.004716696,
    0.004660095,
  ]],
  ["scaled-linear", true, [0.99915, 0.9982335, 0.6524567, 0.2410185, 0.03279909, 1.967963e-7, 0]],
  ["cosine", false, [
    0.9999587,
    0.9999126,
    0.845888,
    0.492285,
    0.1431787,
    2.428766e-6,
    2.428735e-9,
  ]],
  ["cosine", true, [0.9999588, 0.9999126, 0.8458811, 0.4922648, 0.1431556, 2.277813e-6, 0]],
];

const range = (name: NoiseScheduleName) =>
  name === "scaled-linear" ? { betaStart: 0.00085, betaEnd: 0.012 } : {};

Deno.test("noiseSchedule() gives the figures of diffusers", () => {
  for (const [name, zeroTerminalSnr, expected] of golden) {
    const { alphaBars } = noiseSchedule(name, { ...range(name), zeroTerminalSnr });
    [0, 1, 250, 500, 750, 998, 999].forEach((timestep, i) => {
      // Where ᾱ is nearly 0, float32 is off by 1e-4 of it in diffusers.
      const tolerance = Math.max(2e-6, expected[i]! * 1e-5);
      assertAlmostEquals(alphaBars[timestep]!, expected[i]!, tolerance, `${name} at ${timestep}`);
      if (expected[i]! > 0) {
        assertAlmostEquals(alphaBars[timestep]! / expected[i]!, 1, 1e-3, `${name} at ${timestep}`);
      }
    });
  }
});

Deno.test("noiseSchedule() falls strictly, by one minus beta at every timestep", () => {
  for (const [name, zeroTerminalSnr] of golden) {
    const { alphaBars, betas } = noiseSchedule(name, { zeroTerminalSnr, trainingSteps: 400 });
    assertEquals(alphaBars.length, 400);
    let before = 1;
    alphaBars.forEach((alphaBar, t) => {
      assert(alphaBar < before && alphaBar >= 0, `${name} at ${t}`);
      assert(betas[t]! > 0 && betas[t]! <= 1, `${name} at ${t}`);
      assertAlmostEquals(alphaBar, before * (1 - betas[t]!), 1e-14);
      before = alphaBar;
    });
  }
});

Deno.test("noiseSchedule() ends in pure noise and keeps its start when rescaled", () => {
  for (const name of ["linear", "scaled-linear", "cosine"] as const) {
    const plain = noiseSchedule(name);
    const rescaled = noiseSchedule(name, { zeroTerminalSnr: true });
    assert(plain.alphaBars[999]! > 0);
    assertEquals(rescaled.alphaBars[999], 0);
    assertEquals(rescaled.betas[999], 1);
    assertAlmostEquals(rescaled.alphaBars[0]!, plain.alphaBars[0]!, 1e-12);
  }
});

Deno.test("noiseSchedule() is restored from its name and parameters", () => {
  const schedule = noiseSchedule("scaled-linear", { betaStart: 0.00085, betaEnd: 0.012 });
  const { name, parameters } = JSON.parse(JSON.stringify(schedule));
  assertEquals(parameters, {
    trainingSteps: 1000,
    betaStart: 0.00085,
    betaEnd: 0.012,
    zeroTerminalSnr: false,
  });
  assertEquals(noiseSchedule(name, parameters), schedule);
});

Deno.test("noiseSchedule() throws when an option is out of range", () => {
  // @ts-expect-error a name from a file
  assertThrows(() => noiseSchedule("sigmoid"), RangeError, '"sigmoid"');
  assertThrows(() => noiseSchedule("linear", { trainingSteps: 1 }), RangeError, '"1"');
  assertThrows(
    () => noiseSchedule("linear", { betaStart: 0.5, betaEnd: 0.1 }),
    RangeError,
    '"0.5"',
  );
  assertThrows(() => noiseSchedule("linear", { betaEnd: 1 }), RangeError, '"1"');
  assertThrows(() => noiseSchedule("cosine", { betaEnd: 0.1 }), RangeError, "leave it out");
});
