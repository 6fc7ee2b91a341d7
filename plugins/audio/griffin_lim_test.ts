import { assert, assertEquals } from "@std/assert";
import { pluckedTone } from "./_networks_testing.ts";
import { analyze } from "./_stft.ts";
import { griffinLim } from "./griffin_lim.ts";

const magnitudes = (samples: Float32Array) => {
  const { real, imaginary } = analyze(samples);
  return real.map((value, i) => Math.hypot(value, imaginary[i]!));
};
const goal = magnitudes(pluckedTone(330, 0.25).data);

/** The distance of spectrograms relative to the goal (Perraudin et al., 2013, section 4). */
function convergence(iterations: number, momentum: number): number {
  const made = magnitudes(griffinLim(goal, { iterations, momentum }).data);
  return Math.hypot(...made.map((value, i) => value - goal[i]!)) / Math.hypot(...goal);
}

Deno.test("griffinLim() comes nearer to the magnitudes, faster with momentum", () => {
  const [first, plain, fast] = [convergence(0, 0), convergence(12, 0), convergence(12, 0.99)];
  assert(plain < 0.7 * first && fast < plain, `${[first, plain, fast]}`);
});

Deno.test("griffinLim() gives the same sound for the same seed, silence for silence", () => {
  const make = (seed: number) => griffinLim(goal, { iterations: 1, seed }).data;
  const [one, other] = [make(1), make(2)];
  assertEquals(make(1), one);
  assert(one.some((value, i) => value !== other[i]));
  const silence = griffinLim(new Float32Array(goal.length), { iterations: 2 }).data;
  assert(silence.every((value) => value === 0));
});
