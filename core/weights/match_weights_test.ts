import { assertEquals, assertThrows } from "@std/assert";
import { matchWeights, WeightsMismatchError } from "./mod.ts";

Deno.test("matchWeights() accepts equal names and shapes in any order", () => {
  matchWeights({ a: [2, 3], b: [] }, { b: { shape: [] }, a: { shape: [2, 3] } });
});

Deno.test("matchWeights() lists everything that is missing, unexpected and misshapen", () => {
  const error = assertThrows(
    () =>
      matchWeights(
        { kept: [1], z: [2], y: [2], turned: [2, 3], flat: [4] },
        {
          kept: { shape: [1] },
          turned: { shape: [3, 2] },
          flat: { shape: [4, 1] },
          old: { shape: [] },
        },
      ),
    WeightsMismatchError,
  );
  assertEquals(error.missing, ["y", "z"]);
  assertEquals(error.unexpected, ["old"]);
  assertEquals(error.misshapen, [
    { name: "flat", expected: [4], actual: [4, 1] },
    { name: "turned", expected: [2, 3], actual: [3, 2] },
  ]);
  assertEquals(
    error.message,
    'Cannot load weights: 2 missing: "y", "z"; 1 unexpected: "old"; ' +
      '2 misshapen: "flat" is [4,1] instead of [4], "turned" is [3,2] instead of [2,3]',
  );
});

Deno.test("matchWeights() names eight and counts the rest when many differ", () => {
  const expected = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`w${i + 10}`, [1]]));
  const error = assertThrows(() => matchWeights(expected, {}), WeightsMismatchError);
  assertEquals(error.missing.length, 11);
  assertEquals(
    error.message,
    'Cannot load weights: 11 missing: "w10", "w11", "w12", "w13", "w14", "w15", "w16", "w17" and 3 more',
  );
});

Deno.test("matchWeights() does not take an inherited property for a weight", () => {
  const error = assertThrows(() => matchWeights({ toString: [1] }, {}), WeightsMismatchError);
  assertEquals(error.missing, ["toString"]);
});
