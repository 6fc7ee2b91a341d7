import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { averageDecayAt, learningRateAt } from "./mod.ts";

Deno.test("learningRateAt() grows linearly, then follows a cosine to a hundredth", () => {
  const options = { learningRate: 2, warmup: 4, steps: 104 };
  assertEquals([0, 1, 2, 3].map((step) => learningRateAt(step, options)), [0.5, 1, 1.5, 2]);
  assertAlmostEquals(learningRateAt(4, options), 2);
  assertAlmostEquals(learningRateAt(54, options), 0.5 * (2 + 0.02));
  assertAlmostEquals(learningRateAt(104, options), 0.02);
  assertAlmostEquals(learningRateAt(1000, options), 0.02);
  for (let step = 5; step < 104; step++) {
    assert(learningRateAt(step, options) < learningRateAt(step - 1, options));
  }
});

Deno.test("learningRateAt() begins at the highest rate without warm-up", () => {
  assertEquals(learningRateAt(0, { learningRate: 1, warmup: 0, steps: 10 }), 1);
});

Deno.test("averageDecayAt() forgets the start, then keeps to the decay", () => {
  assertEquals(averageDecayAt(0, 0.999), 0.1);
  assertEquals(averageDecayAt(8, 0.999), 0.5);
  assertEquals(averageDecayAt(1e6, 0.999), 0.999);
});
