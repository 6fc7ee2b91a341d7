import { random } from "@codi/core/random";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { degrade } from "./degrade.ts";

const PLANE = 64 * 64;
const blank = () => new Float32Array(3 * PLANE);

Deno.test("degrade() blurs a point to a Gaussian of the deviation asked for", () => {
  const picture = blank();
  picture[PLANE + 32 * 64 + 30] = 1;
  degrade(picture, { blur: 1.5 }, random(0));
  assert(picture.subarray(0, PLANE).every((value) => value === 0));
  assert(picture.subarray(2 * PLANE).every((value) => value === 0));
  let total = 0;
  let [varianceX, varianceY] = [0, 0];
  for (let i = 0; i < PLANE; i++) {
    const value = picture[PLANE + i]!;
    total += value;
    varianceX += value * (i % 64 - 30) ** 2;
    varianceY += value * (Math.floor(i / 64) - 32) ** 2;
  }
  assertAlmostEquals(total, 1, 1e-5);
  assertAlmostEquals(Math.sqrt(varianceX), 1.5, 0.1);
  assertAlmostEquals(Math.sqrt(varianceY), 1.5, 0.1);
});

Deno.test("degrade() leaves a flat picture flat when it blurs, edges included", () => {
  const picture = blank().fill(0.3);
  degrade(picture, { blur: 2 }, random(0));
  for (const value of picture) assertAlmostEquals(value, 0.3, 1e-6);
});

Deno.test("degrade() scales and shifts each channel, and adds seeded noise", () => {
  const picture = blank().fill(0.5);
  degrade(picture, { gain: [1, 2, 0.5], shift: [0, 0, 0.1] }, random(0));
  [0.5, 1, 0.35].forEach((value, c) => assertAlmostEquals(picture[c * PLANE + 9]!, value, 1e-6));

  const noisy = blank();
  degrade(noisy, { noise: 0.1 }, random(1));
  const deviation = Math.sqrt(noisy.reduce((sum, value) => sum + value * value, 0) / noisy.length);
  assertAlmostEquals(deviation, 0.1, 2e-3);
  const again = blank();
  degrade(again, { noise: 0.1 }, random(1));
  assertEquals(again, noisy);
});

Deno.test("degrade() throws when it is not given one picture", () => {
  assertThrows(() => degrade(new Float32Array(PLANE), {}, random(0)), RangeError, "4096");
});
