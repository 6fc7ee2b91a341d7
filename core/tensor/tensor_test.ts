import { assert, assertEquals, assertThrows } from "@std/assert";
import { elementCount, tensor } from "./mod.ts";

Deno.test("elementCount() multiplies the lengths, and counts a scalar as one", () => {
  assertEquals([[], [5], [2, 3, 4], [2, 0, 4]].map(elementCount), [1, 5, 24, 0]);
});

Deno.test("tensor() keeps the given values and fills with zeros without them", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert(tensor([2, 3], data).data === data, "not a copy");
  assertEquals(tensor([2, 2]), { shape: [2, 2], data: new Float32Array(4) });
  assertEquals(tensor([]).data.length, 1);
  assertEquals(tensor([0, 3]).data.length, 0);
});

Deno.test("tensor() names shape and count when the values do not fit", () => {
  assertThrows(
    () => tensor([2, 3], new Float32Array(5)),
    RangeError,
    "Cannot make a tensor of shape [2,3] from 5 values: it takes 6",
  );
  assertThrows(() => tensor([], new Float32Array(0)), RangeError, "it takes 1");
});

Deno.test("tensor() refuses lengths that are no lengths", () => {
  // [-2, -3] has a product that fits, so the product alone does not tell.
  for (const shape of [[-2, -3], [2.5, 2], [NaN], [Infinity]]) {
    assertThrows(() => tensor(shape, new Float32Array(6)), RangeError, `of shape [${shape}]`);
    assertThrows(() => tensor(shape), RangeError, "lengths are whole numbers from 0");
  }
});
