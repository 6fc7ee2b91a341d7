import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import { pluckedTone } from "./_networks_testing.ts";
import { analyze, BINS, FRAMES, synthesize } from "./_stft.ts";
import { logMel, logMelBatch, MEL_BANDS, melToMagnitude } from "./mel.ts";
import { SOUND_RATE, SOUND_SAMPLES } from "./sound.ts";

const soundOf = (value: (sample: number) => number) =>
  tensor([SOUND_SAMPLES], Float32Array.from({ length: SOUND_SAMPLES }, (_, i) => value(i)));

const sine = (hertz: number, amplitude = 1) =>
  soundOf((i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / SOUND_RATE));

/** The loudest band of a frame. */
function peakBand(data: Float32Array, frame: number): number {
  const column = Array.from({ length: MEL_BANDS }, (_, band) => data[band * FRAMES + frame]!);
  return column.indexOf(Math.max(...column));
}

Deno.test("logMel() is loudest in the band around a sine, and higher for a higher one", () => {
  // On the scale of Slaney the 64 peaks lie (mel(8000) − mel(40)) / 65 apart, mel(40) being 0.6.
  const mel = (hertz: number) =>
    hertz < 1000 ? (hertz * 3) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4);
  for (const hertz of [110, 440, 1000, 2500, 6000]) {
    const place = ((mel(hertz) - 0.6) / (mel(8000) - 0.6)) * 65 - 1;
    const { data } = logMel(sine(hertz));
    for (const frame of [20, 64, 100]) assertAlmostEquals(peakBand(data, frame), place, 0.75);
  }
});

Deno.test("logMel() is −1 in silence, rises by the logarithm of the amplitude, and stays near 1", () => {
  logMel(tensor([SOUND_SAMPLES])).data.forEach((value) => assertAlmostEquals(value, -1, 0.01));
  const [loud, soft] = [logMel(sine(440)).data, logMel(sine(440, 0.1)).data];
  const at = peakBand(loud, 64) * FRAMES + 64;
  assertAlmostEquals(loud[at]! - soft[at]!, Math.log(10) / 4, 1e-3);
  assert(loud[at]! > 0.8 && loud[at]! < 1.3);
});

Deno.test("logMel() puts what happens in a slot into its eight frames", () => {
  for (const slot of [0, 5, 15]) {
    // A click in the middle of a slot; the window reaches four frames to either side at most.
    const { data } = logMel(soundOf((i) => i === slot * 2000 + 1000 ? 1 : 0));
    const energy = Array.from(
      { length: FRAMES },
      (_, frame) => data[40 * FRAMES + frame]! + 1,
    );
    const loud = energy.flatMap((value, frame) => value > 0.2 ? [frame] : []);
    assertEquals(loud, [2, 3, 4, 5].map((frame) => slot * 8 + frame));
    assertAlmostEquals(energy[slot * 8 + 3]!, energy[slot * 8 + 4]!, 1e-3);
  }
});

Deno.test("logMelBatch() holds the features of each sound, and refuses what is no sound", () => {
  const batch = logMelBatch([sine(300), sine(900)]);
  assertEquals(batch.shape, [2, 1, 64, 128]);
  assertEquals(batch.data.slice(MEL_BANDS * FRAMES), logMel(sine(900)).data);
  assertThrows(
    () => logMel(tensor([16000])),
    RangeError,
    "Cannot analyse a sound of shape [16000]",
  );
});

Deno.test("melToMagnitude() gives magnitudes of the same features, none negative", () => {
  const sound = pluckedTone(330);
  const features = logMel(sound);
  const magnitude = melToMagnitude(features);
  assert(magnitude.every((value) => value >= 0));
  // The features of the magnitudes, as if they were a sound's.
  const { real, imaginary } = analyze(sound.data);
  const total = (values: (i: number) => number) => {
    let sum = 0;
    for (let i = 40 * BINS; i < 80 * BINS; i++) sum += values(i);
    return sum;
  };
  const energy = total((i) => Math.hypot(real[i]!, imaginary[i]!));
  assertAlmostEquals(total((i) => magnitude[i]!) / energy, 1, 0.1);
  const silent = melToMagnitude(tensor([1, 64, 128], new Float32Array(8192).fill(-2)));
  assert(silent.every((value) => value === 0));
});

Deno.test("synthesize() undoes analyze()", () => {
  const noise = random("noise").fillNormal(new Float32Array(SOUND_SAMPLES));
  const again = synthesize(analyze(noise));
  noise.forEach((value, i) => assertAlmostEquals(again[i]!, value, 1e-3));
});

Deno.test("analyze() has a sine's magnitude at its frequency", () => {
  const { real, imaginary } = analyze(sine(1000).data); // bin 64 exactly
  const at = 64 * BINS + 64;
  assertAlmostEquals(Math.hypot(real[at]!, imaginary[at]!), 256, 0.1);
  assertAlmostEquals(Math.hypot(real[at + 5]!, imaginary[at + 5]!), 0, 0.1);
});
