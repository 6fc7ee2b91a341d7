import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { noise } from "./noise.ts";

const key = { seed: 7, name: "image" };

Deno.test("noise() is the same for a sample at any place in any batch", () => {
  const batch = noise([8, 3, 2], key).data;
  const picked = noise([3, 3, 2], { ...key, samples: [6, 0, 3] }).data;
  const later = noise([2, 3, 2], { ...key, samples: 6 }).data;
  assertEquals(picked.slice(0, 6), batch.slice(36, 42));
  assertEquals(picked.slice(6, 12), batch.slice(0, 6));
  assertEquals(later, batch.slice(36));
});

Deno.test("noise() differs by seed, name, sample, candidate and step", () => {
  const all = [
    noise([1, 4], key),
    noise([1, 4], { ...key, seed: 8 }),
    noise([1, 4], { ...key, name: "audio" }),
    noise([1, 4], { ...key, samples: 1 }),
    noise([1, 4], { ...key, step: 0 }),
    noise([1, 4], { ...key, step: 1 }),
    noise([1, 4], { ...key, candidates: [1] }),
    noise([1, 4], { ...key, candidates: [2] }),
    noise([1, 4], { ...key, candidates: [1], step: 0 }),
  ];
  all.forEach((a, i) => all.slice(i + 1).forEach((b) => assertNotEquals(a, b)));
  assertEquals(noise([1, 4], { ...key, candidates: [0] }), noise([1, 4], key));
});

Deno.test("noise() is standard normal over samples and within one", () => {
  for (const shape of [[20_000, 1], [1, 20_000]]) {
    const { data } = noise(shape, key);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
    assertAlmostEquals(mean, 0, 0.03);
    assertAlmostEquals(variance, 1, 0.04);
    assert(data.every(Number.isFinite));
  }
});

Deno.test("noise() throws when indices do not fit the batch", () => {
  assertThrows(() => noise([], key), RangeError, "batch axis");
  assertThrows(() => noise([2, 3], { ...key, samples: [1] }), RangeError, 'batch of "2"');
  assertThrows(() => noise([2, 3], { ...key, candidates: [1] }), RangeError, '"1" candidates');
});
