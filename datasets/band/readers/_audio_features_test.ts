import { assert, assertEquals } from "@std/assert";
import { SLOT_SAMPLES, SOUND_SAMPLES } from "../sound/draw_sound.ts";
import { LOWEST_TONE, SHORT_WIDTH, soundFeatures, TONE_WIDTH } from "./_audio_features.ts";

function tone(key: number, slot: number, level = 0.5): Float32Array<ArrayBuffer> {
  const frequency = 440 * 2 ** ((key - 69) / 12);
  return Float32Array.from({ length: SOUND_SAMPLES }, (_, i) => {
    const inside = i >= slot * SLOT_SAMPLES && i < slot * SLOT_SAMPLES + 5000;
    return inside ? level * Math.sin(2 * Math.PI * frequency * i / 16_000) : 0;
  });
}

Deno.test("soundFeatures() has the loudest tone band at the key that sounds", () => {
  for (const key of [36, 48, 60.5, 69, 84, 91]) {
    const { tones } = soundFeatures(tone(key, 5));
    const bands = tones.subarray(5 * TONE_WIDTH, 6 * TONE_WIDTH);
    const loudest = bands.indexOf(bands.reduce((a, b) => Math.max(a, b)));
    assert(Math.abs(LOWEST_TONE + loudest / 2 - key) <= 0.5, `${key}: band ${loudest}`);
  }
});

Deno.test("soundFeatures() is loud in the slots that sound and silent in the others", () => {
  const { short } = soundFeatures(tone(60, 9));
  for (let slot = 0; slot < 16; slot++) {
    const values = short.subarray(slot * SHORT_WIDTH, (slot + 1) * SHORT_WIDTH);
    const loudest = values.reduce((a, b) => Math.max(a, b));
    assert(slot >= 9 && slot <= 11 ? loudest > 0.5 : loudest < -0.9, `${slot}: ${loudest}`);
  }
});

Deno.test("soundFeatures() does not change with the level and is finite in silence", () => {
  const [soft, loud] = [soundFeatures(tone(60, 2, 0.01)), soundFeatures(tone(60, 2, 1))];
  for (const name of ["short", "tones"] as const) {
    soft[name].forEach((value, i) => assert(Math.abs(value - loud[name][i]!) < 1e-4));
  }
  const silence = soundFeatures(new Float32Array(SOUND_SAMPLES));
  assertEquals(
    [...silence.short, ...silence.tones].every((value) => Math.abs(value + 1) < 0.1),
    true,
  );
});
