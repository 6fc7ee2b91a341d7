import { random } from "@codi/core/random";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SOUND_SAMPLES } from "../sound/draw_sound.ts";
import { soundFeatures } from "./_audio_features.ts";
import { degradeSound } from "./sound_degrade.ts";

/** Half a second of silence, then a tone of 440 Hz with two overtones that dies away. */
function tone(): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: SOUND_SAMPLES }, (_, i) => {
    const time = (i - 8000) / 16_000;
    const wave = [1, 2, 3].reduce((sum, n) => sum + Math.sin(880 * Math.PI * n * time) / n, 0);
    return time < 0 ? 0 : 0.4 * wave * Math.exp(-3 * time);
  });
}

const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

Deno.test("degradeSound() leaves a sound as it is when nothing is to be done", () => {
  const sound = tone();
  degradeSound(sound, {}, random("degrade"));
  assertEquals(sound, tone());
});

Deno.test("degradeSound() keeps the spectrogram but not the samples when there is a vocoder", () => {
  const sound = tone();
  degradeSound(sound, { vocoder: 4 }, random("degrade"));
  assert(distance(sound, tone()) > 0.05);
  const [before, after] = [soundFeatures(tone()).short, soundFeatures(sound).short];
  assert(distance(before, after) < 0.15, `${distance(before, after)}`);
  const again = tone();
  degradeSound(again, { vocoder: 4 }, random("degrade"));
  assertEquals(again, sound);
});

Deno.test("degradeSound() comes nearer to the spectrogram when it goes round more often", () => {
  const errors = [0, 16].map((vocoder) => {
    const sound = tone();
    degradeSound(sound, { vocoder }, random("degrade"));
    return distance(soundFeatures(tone()).short, soundFeatures(sound).short);
  });
  assert(errors[1]! < 0.9 * errors[0]!, `${errors}`);
});

Deno.test("degradeSound() adds noise of the deviation asked for", () => {
  const sound = new Float32Array(SOUND_SAMPLES);
  degradeSound(sound, { noise: 0.1 }, random("degrade"));
  const deviation = Math.sqrt(sound.reduce((sum, value) => sum + value ** 2, 0) / sound.length);
  assert(Math.abs(deviation - 0.1) < 0.003);
});

Deno.test("degradeSound() throws when the length is not that of one sound", () => {
  assertThrows(() => degradeSound(new Float32Array(16_000), {}, random("degrade")), RangeError);
});
