import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../random/mod.ts";
import { tensor } from "../../tensor/mod.ts";
import { channelStatistics } from "./channel_statistics.ts";

Deno.test("channelStatistics() are mean and standard deviation over batch and pixels", () => {
  const values = tensor([2, 2, 1, 2], Float32Array.of(1, 2, 1000, 1000, 3, 6, 1000, 1000));
  const { mean, deviation } = channelStatistics(values);
  assertEquals(mean, tensor([2], Float32Array.of(3, 1000)));
  assertAlmostEquals(deviation.data[0]!, Math.sqrt(3.5), 1e-6);
  assert(deviation.data[1]! > 0, "a channel that carries nothing can still be divided by");
  // Numbers far from zero, where the mean of squares would lose all digits.
  const far = tensor([1, 1, 100, 100], random(1).fillNormal(new Float32Array(1e4)));
  far.data.forEach((value, i) => far.data[i] = 4096 + value);
  assertAlmostEquals(channelStatistics(far).deviation.data[0]!, 1, 0.03);
});

Deno.test("channelStatistics() takes channels from the axis it is told", () => {
  const values = tensor([1, 2, 2, 1], Float32Array.of(1, 10, 3, 30));
  assertEquals(channelStatistics(values, 2).mean, tensor([2], Float32Array.of(2, 20)));
});
