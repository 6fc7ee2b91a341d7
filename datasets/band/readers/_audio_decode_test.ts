import { assertEquals } from "@std/assert";
import { likeliestMelody, likeliestRhythm } from "./_audio_decode.ts";
import { KEYS, LOWEST_KEY } from "./_audio_network.ts";

const onsetsAt = (slots: Readonly<Record<number, number>>) =>
  Float32Array.from({ length: 16 }, (_, slot) => slots[slot] ?? 0.01);

/** Keys that are certain, one for each given slot; every key is as likely elsewhere. */
function keysAt(played: Readonly<Record<number, number>>): Float32Array {
  const keys = new Float32Array(16 * KEYS).fill(1 / KEYS);
  for (const [slot, key] of Object.entries(played)) {
    keys.fill(0, Number(slot) * KEYS, (Number(slot) + 1) * KEYS);
    keys[Number(slot) * KEYS + key - LOWEST_KEY] = 1;
  }
  return keys;
}

Deno.test("likeliestRhythm() takes the likely slots and prefers the likelier of two too near", () => {
  assertEquals(likeliestRhythm(onsetsAt({ 0: 0.9, 5: 0.8, 13: 0.7 })).rhythm, [0, 5, 13]);
  assertEquals(likeliestRhythm(onsetsAt({ 4: 0.9, 6: 0.95 })), { rhythm: [6], count: 1 });
  assertEquals(likeliestRhythm(onsetsAt({ 2: 0.4, 8: 0.2 })), { rhythm: [2], count: 1 });
});

Deno.test("likeliestMelody() reads contour and register from the keys", () => {
  const read = (played: Readonly<Record<number, number>>) => {
    const slots = Object.keys(played).map(Number);
    return likeliestMelody("trumpet", slots, keysAt(played));
  };
  assertEquals(read({ 0: 55, 4: 59, 8: 63 }), {
    contour: "rising",
    register: "low",
    keys: [55, 59, 63],
  });
  assertEquals(read({ 1: 78, 7: 73 }).contour, "falling");
  assertEquals(read({ 1: 78, 7: 73 }).register, "high");
  assertEquals(read({ 1: 66, 7: 66, 11: 66, 14: 66 }).contour, "steady");
  assertEquals(read({ 3: 66 }), { contour: undefined, register: "middle", keys: [66] });
});

Deno.test("likeliestMelody() goes by the other strokes when one is read wrong", () => {
  const keys = keysAt({ 0: 60, 4: 75, 8: 66, 12: 69 });
  assertEquals(likeliestMelody("trumpet", [0, 4, 8, 12], keys).keys, [60, 63, 66, 69]);
});
