import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "@codi/core/random";
import { choiceOptions, continuations } from "./choose_token.ts";

const PROBABILITIES = [0.2, 0.5, 0.25, 0.05];
const LOGITS = Float32Array.from(PROBABILITIES, Math.log);

/** How often each token is drawn. */
function shares(options: { temperature: number; topP: number }): number[] {
  const draw = random("tokens");
  const counts = PROBABILITIES.map(() => 0);
  for (let i = 0; i < 4000; i++) {
    const drawn = continuations(LOGITS, { ...options, beams: 1 }, draw.uniform());
    assertEquals(drawn.length, 1);
    counts[drawn[0]!.token]! += 1 / 4000;
  }
  return counts;
}

Deno.test("continuations() are the most probable tokens when the temperature is 0", () => {
  const found = continuations(LOGITS, { temperature: 0, topP: 1, beams: 3 }, 0.5);
  assertEquals(found.map(({ token }) => token), [1, 2, 0]);
  found.forEach(({ token, logProbability }) =>
    assertAlmostEquals(Math.exp(logProbability), PROBABILITIES[token]!, 1e-6)
  );
});

Deno.test("continuations() draws as the logits say at temperature 1, and sharper when colder", () => {
  shares({ temperature: 1, topP: 1 }).forEach((share, token) =>
    assertAlmostEquals(share, PROBABILITIES[token]!, 0.03)
  );
  const squares = PROBABILITIES.map((p) => p * p);
  const total = squares.reduce((a, b) => a + b);
  shares({ temperature: 0.5, topP: 1 }).forEach((share, token) =>
    assertAlmostEquals(share, squares[token]! / total, 0.03)
  );
});

Deno.test("continuations() keeps to the nucleus of the most probable tokens", () => {
  const nucleus = shares({ temperature: 1, topP: 0.7 });
  assertAlmostEquals(nucleus[1]!, 2 / 3, 0.03);
  assertAlmostEquals(nucleus[2]!, 1 / 3, 0.03);
  assertEquals(nucleus[0]! + nucleus[3]!, 0);
  assertEquals(shares({ temperature: 1, topP: 1e-9 })[1]!.toFixed(3), "1.000");
});

Deno.test("continuations() always have a token, whatever the random number", () => {
  const logits = random("logits").fillNormal(new Float32Array(512));
  for (const uniform of [0, 0.5, 1 - 2 ** -32]) {
    const [found] = continuations(logits, { temperature: 100, topP: 1, beams: 1 }, uniform);
    assert(found!.token >= 0 && found!.token < 512);
  }
});

Deno.test("choiceOptions() draw nothing unless told otherwise, and refuse what makes no sense", () => {
  assertEquals(choiceOptions(), { temperature: 0, topP: 1, beams: 4 });
  assertEquals(choiceOptions({ beams: "1" }), { temperature: 0, topP: 1, beams: 1 });
  assertEquals(
    choiceOptions({ temperature: "0.7", topP: 0.9, beams: 8 }),
    { temperature: 0.7, topP: 0.9, beams: 1 },
  );
  for (
    const [settings, message] of [
      [{ temperature: -1 }, 'with temperature "-1": it takes a number from 0'],
      [{ temperature: "warm" }, 'with temperature "warm"'],
      [{ temperature: Infinity }, 'with temperature "Infinity"'],
      [{ topP: 0 }, 'with topP "0": it takes a number above 0, to 1'],
      [{ topP: 1.5 }, 'with topP "1.5"'],
      [{ topP: "" }, 'with topP ""'],
      [{ beams: 0 }, 'with beams "0": it takes a whole number from 1 to 16'],
      [{ beams: 2.5 }, 'with beams "2.5"'],
      [{ beams: 17 }, 'with beams "17"'],
      [
        { warmth: 1 },
        'with warmth "1": the settings of "text" are "temperature", "topP" and "beams"',
      ],
    ] as const
  ) {
    assertThrows(() => choiceOptions(settings), RangeError, message);
  }
});
