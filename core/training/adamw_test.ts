import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "../random/mod.ts";
import { type AdamWStep, euclideanNorm, openAdamW } from "./mod.ts";

const settings = {
  betas: [0.9, 0.99],
  epsilon: 1e-8,
  gradientScale: 1,
  averageDecay: 0.5,
} as const;

function open(parameters: readonly number[]) {
  const optimizer = openAdamW(parameters.length);
  optimizer.state.parameters.set(parameters);
  optimizer.state.average.set(parameters);
  return optimizer;
}

Deno.test("openAdamW() takes a step worked out by hand", () => {
  // g = 0.5: m = 0.05, v = 0.0025; m̂ = 0.5, v̂ = 0.25, so m̂ / √v̂ = 1.
  // θ = 2 − 0.1 · (1 + 0.2 · 2) = 1.86; average = (2 + 1.86) / 2 = 1.93.
  const { state: one, gradients, step } = open([2]);
  gradients[0] = 0.5;
  step({ ...settings, step: 1, learningRate: 0.1, runs: [{ begin: 0, end: 1, decay: 0.2 }] });
  assertAlmostEquals(one.first[0]!, 0.05, 1e-7);
  assertAlmostEquals(one.second[0]!, 0.0025, 1e-9);
  assertAlmostEquals(one.parameters[0]!, 1.86, 1e-6);
  assertAlmostEquals(one.average[0]!, 1.93, 1e-6);
});

/** Loshchilov and Hutter (2019), algorithm 2, line by line and in double precision. */
function algorithm2(
  theta: number,
  gradients: readonly number[],
  options: { rate: (t: number) => number; decay: number; clip: number; keep: number },
) {
  let [m, v, average] = [0, 0, theta];
  gradients.forEach((raw, index) => {
    const t = index + 1;
    const g = raw * options.clip;
    m = 0.9 * m + (1 - 0.9) * g;
    v = 0.99 * v + (1 - 0.99) * g ** 2;
    const mHat = m / (1 - 0.9 ** t);
    const vHat = v / (1 - 0.99 ** t);
    const alpha = options.rate(t);
    theta = theta - alpha * (mHat / (Math.sqrt(vHat) + 1e-8)) - alpha * options.decay * theta;
    average = options.keep * average + (1 - options.keep) * theta;
  });
  return { theta, average };
}

Deno.test("openAdamW() follows the paper's algorithm over many steps", () => {
  const generator = random("adamw");
  const count = 13;
  const starts = Array.from({ length: count }, () => generator.normal());
  const steps = Array.from(
    { length: 50 },
    () => Float32Array.from({ length: count }, () => generator.normal() * 0.1),
  );
  const rate = (t: number) => 0.01 * (1 + Math.cos(t));
  const runs: AdamWStep["runs"] = [
    { begin: 0, end: 4, decay: 0.1 },
    { begin: 4, end: 11, decay: 0 },
  ];
  const optimizer = open(starts);
  steps.forEach((gradients, index) => {
    optimizer.gradients.set(gradients);
    optimizer.step({
      ...settings,
      step: index + 1,
      learningRate: rate(index + 1),
      gradientScale: 0.25,
      runs,
    });
  });
  const all = optimizer.state;
  for (let i = 0; i < 11; i++) {
    const { theta, average } = algorithm2(
      Math.fround(starts[i]!),
      steps.map((gradients) => gradients[i]!),
      { rate, decay: i < 4 ? 0.1 : 0, clip: 0.25, keep: 0.5 },
    );
    assertAlmostEquals(all.parameters[i]!, theta, 1e-5);
    assertAlmostEquals(all.average[i]!, average, 1e-5);
  }
  assertEquals(all.parameters[12], Math.fround(starts[12]!), "outside of all runs nothing changes");
  const crooked = { ...settings, step: 1, learningRate: 1, runs: [{ begin: 2, end: 4, decay: 0 }] };
  assertThrows(() => optimizer.step(crooked), RangeError, "multiples of 4");
});

Deno.test("euclideanNorm() is the norm, and not finite if a number is not", () => {
  assertEquals(euclideanNorm(Float32Array.of(3, -4)), 5);
  assertEquals(euclideanNorm(new Float32Array(0)), 0);
  assert(Number.isNaN(euclideanNorm(Float32Array.of(1, NaN))));
  assertEquals(euclideanNorm(Float32Array.of(1, -Infinity)), Infinity);
});
