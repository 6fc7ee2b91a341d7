import { assert, assertEquals } from "@std/assert";
import { onsets } from "./onsets.js";

const RATE = 16_000;

/** Notes that begin at times and die away, as plucked strings do. */
function notes(times: readonly number[], frequencies: readonly number[], seconds = 2) {
  const sound = new Float32Array(RATE * seconds);
  times.forEach((time, i) => {
    for (let n = Math.round(time * RATE); n < sound.length; n++) {
      const t = n / RATE - time;
      const wave = [1, 2, 3].map((k) => Math.sin(2 * Math.PI * k * frequencies[i]! * t) / k);
      sound[n]! += 0.3 * Math.exp(-5 * t) * wave.reduce((a, b) => a + b);
    }
  });
  return sound;
}

Deno.test("onsets() finds where notes begin to 20 ms", () => {
  const times = [0.125, 0.5, 0.875, 1.5];
  const found = onsets(notes(times, [220, 262, 330, 440]), RATE);
  assertEquals(found.length, times.length, `${found}`);
  times.forEach((time, i) => assert(Math.abs(found[i]! - time) <= 0.02, `${found}`));
});

Deno.test("onsets() finds a note that begins with the sound, and notes of equal pitch", () => {
  const found = onsets(notes([0, 0.75], [300, 300]), RATE);
  assertEquals(found.length, 2, `${found}`);
  assert(found[0]! <= 0.03 && Math.abs(found[1]! - 0.75) <= 0.02, `${found}`);
});

Deno.test("onsets() takes the sudden end of a note for none", () => {
  const sound = new Float32Array(2 * RATE);
  for (const [from, to] of [[0.25, 0.7], [1, 1.4]] as const) {
    for (let n = from * RATE; n < to * RATE; n++) sound[n] = 0.5 * Math.sin(n * 0.15);
  }
  const found = onsets(sound, RATE);
  assertEquals(found.map((time) => Math.round(time * 10) / 10), [0.3, 1], `${found}`);
});

Deno.test("onsets() finds none in silence and in a tone that only goes on", () => {
  assertEquals(onsets(new Float32Array(RATE), RATE), []);
  const tone = Float32Array.from({ length: RATE }, (_, n) => 0.4 * Math.sin(n * 0.2));
  assertEquals(onsets(tone, RATE).filter((time) => time > 0.05 && time < 0.95), []);
});
