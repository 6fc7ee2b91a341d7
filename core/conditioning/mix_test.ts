import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "../random/mod.ts";
import { mixEmbeddings, similarity } from "./mod.ts";

/** A vector of length 1 in a random direction. */
function unit(key: string, width = 16): Float32Array<ArrayBuffer> {
  const drawn = random("unit", key).fillNormal(new Float32Array(width));
  const length = Math.hypot(...drawn);
  return drawn.map((value) => value / length);
}

Deno.test("mixEmbeddings() weighs with shares that sum to 1, whatever the weights' scale", () => {
  const [a, b] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
  for (const scale of [1, 1e-300, 1e300, 1.7e308 / 3]) {
    const mixed = mixEmbeddings([
      { embedding: a, weight: 3 * scale },
      { embedding: b, weight: scale },
    ], "sum");
    assertEquals([...mixed], [0.75, 0.25], `${scale}`);
  }
  // Mixing equals gives the same again only if the shares sum to 1.
  const same = unit("same");
  const prompts = [0.1, 7, 42].map((weight) => ({ embedding: same, weight }));
  mixEmbeddings(prompts, "sum").forEach((value, i) => assertAlmostEquals(value, same[i]!, 1e-6));
});

Deno.test("mixEmbeddings() is the weighted sum, at length 1 unless told otherwise", () => {
  const [a, b, c] = [unit("a"), unit("b"), unit("c")];
  const prompts = [
    { embedding: a, weight: 1 },
    { embedding: b, weight: 2 },
    { embedding: c, weight: 5 },
  ];
  const sum = mixEmbeddings(prompts, "sum");
  sum.forEach((value, i) => {
    assertAlmostEquals(value, a[i]! / 8 + b[i]! / 4 + c[i]! * 5 / 8, 1e-6);
  });
  assert(Math.hypot(...sum) < 0.99);
  const mixed = mixEmbeddings(prompts);
  assertAlmostEquals(Math.hypot(...mixed), 1, 1e-6);
  assertAlmostEquals(similarity(mixed, sum), 1, 1e-6);
  mixEmbeddings([...prompts].reverse()).forEach((value, i) =>
    assertAlmostEquals(value, mixed[i]!, 1e-6)
  );
});

Deno.test("mixEmbeddings() leaves a single prompt as it is, and a mix of opposites at zero", () => {
  const embedding = unit("only");
  const mixed = mixEmbeddings([{ embedding, weight: 0.3 }]);
  assertEquals(mixed, embedding);
  assert(mixed !== embedding, "a copy");
  const opposites = [embedding, embedding.map((value) => -value)];
  assertEquals(
    mixEmbeddings(opposites.map((vector) => ({ embedding: vector, weight: 2 }))),
    new Float32Array(16),
  );
});

Deno.test("mixEmbeddings() names what it cannot mix", () => {
  assertThrows(() => mixEmbeddings([]), RangeError, "Cannot mix no prompts");
  const good = { embedding: unit("good"), weight: 1 };
  for (const weight of [0, -1, NaN, Infinity]) {
    assertThrows(
      () => mixEmbeddings([good, { ...good, weight }]),
      RangeError,
      `Cannot mix a prompt with weight "${weight}": weights are positive numbers`,
    );
  }
  assertThrows(
    () => mixEmbeddings([good, { embedding: unit("narrow", 8), weight: 1 }]),
    RangeError,
    "Cannot mix embeddings of 16 and 8 numbers",
  );
});

Deno.test("similarity() is the cosine, symmetric and within [-1, 1]", () => {
  for (let index = 0; index < 50; index++) {
    const [a, b] = [unit(`a${index}`), unit(`b${index}`)];
    const value = similarity(a, b);
    assertEquals(value, similarity(b, a));
    assertAlmostEquals(value, a.reduce((sum, x, i) => sum + x * b[i]!, 0), 1e-6);
    assert(Math.abs(similarity(a, a.map((x) => 3 * x))) <= 1);
    assertAlmostEquals(similarity(a, a.map((x) => -7 * x)), -1, 1e-9);
  }
});

Deno.test("similarity() of no direction is 0, of different widths an error", () => {
  assertEquals(similarity(new Float32Array(3), Float32Array.of(1, 2, 3)), 0);
  assertThrows(
    () => similarity(unit("a", 3), unit("b", 4)),
    RangeError,
    "Cannot compare embeddings of 3 and 4 numbers",
  );
});
