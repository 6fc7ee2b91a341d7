import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { slotF1 } from "./slot_f1.ts";

Deno.test("slotF1() pools over scenes when they differ in length", () => {
  const score = slotF1([[0, 3, 6, 9], [2]], [[0, 3], [2, 5, 8]]);
  assertEquals([score.matched, score.predicted, score.actual], [3, 5, 5]);
  assertAlmostEquals(score.f1, 0.6, 1e-12);
  assertEquals(slotF1([[], []], [[], []]).f1, 1);
  assertEquals(slotF1([[]], [[4]]).f1, 0);
});

Deno.test("slotF1() matches each slot once when a tolerance is given", () => {
  assertEquals(slotF1([[3, 4]], [[4]]).matched, 1);
  assertEquals(slotF1([[3, 5]], [[4]], 1).matched, 1);
  assertEquals(slotF1([[4, 7]], [[3, 6]], 1).matched, 2);
  assertEquals(slotF1([[4, 7]], [[3, 6]]).matched, 0);
});

Deno.test("slotF1() throws when the numbers of scenes differ", () => {
  assertThrows(() => slotF1([[1]], []), RangeError, "1 scenes");
});
