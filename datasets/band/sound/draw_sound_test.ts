import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { type Scene, scene } from "../scene.ts";
import { THING_NAMES, type ThingName } from "../things.ts";
import { drawSound, SLOT_SAMPLES, SOUND_PEAK, SOUND_RATE, SOUND_SAMPLES } from "./draw_sound.ts";
import { openSounds } from "./sounds.ts";
import { strokesOf } from "./strokes.ts";

const sounds = await openSounds();

/** Two scenes of every thing. */
const SCENES: readonly Scene[] = THING_NAMES.flatMap((thing) =>
  [0, 1].map((index) => scene("train", index, { things: [thing] }))
);

const peakOf = (values: Float32Array): number =>
  values.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);

/** The period with the greatest autocorrelation, as a MIDI key. */
function playedKey(data: Float32Array): number {
  const likeness = (lag: number): number => {
    let [product, first, second] = [0, 0, 0];
    for (let i = 0; i < 2048; i++) {
      product += data[i]! * data[i + lag]!;
      first += data[i]! ** 2;
      second += data[i + lag]! ** 2;
    }
    return product / Math.sqrt(first * second);
  };
  const lags = Array.from({ length: 400 }, (_, lag) => lag < 8 ? 0 : likeness(lag));
  const greatest = Math.max(...lags);
  // The first of the periods, whose multiples fit as well; its place between the samples by a parabola.
  const lag = lags.findIndex((value, i) =>
    value > 0.85 * greatest && value >= lags[i - 1]! && value >= lags[i + 1]!
  );
  const [before, at, after] = [lags[lag - 1]!, lags[lag]!, lags[lag + 1]!];
  const period = lag + (before - after) / (2 * (before - 2 * at + after));
  return 69 + 12 * Math.log2(SOUND_RATE / period / 440);
}

Deno.test("drawSound() gives two seconds whose peak is the same for all", () => {
  for (const one of SCENES) {
    const { shape, data } = drawSound(one, sounds);
    assertEquals(shape, [SOUND_SAMPLES]);
    assert(data.every(Number.isFinite));
    assertAlmostEquals(peakOf(data), SOUND_PEAK, 1e-6);
  }
});

Deno.test("drawSound() is silent before every stroke and loud right after its slot begins", () => {
  for (const one of SCENES) {
    const { data } = drawSound(one, sounds);
    let end = 0;
    one.rhythm.forEach((slot, i) => {
      const start = slot * SLOT_SAMPLES;
      const gap = data.subarray(i === 0 ? 0 : start - 1000, start);
      assertEquals(peakOf(gap), 0, `${one.thing} before slot ${slot}`);
      end = (one.rhythm[i + 1] ?? 16) * SLOT_SAMPLES;
      // Within two periods of the lowest note.
      const attack = peakOf(data.subarray(start, start + 400));
      assert(attack > 0.3 * peakOf(data.subarray(start, end)), `${one.thing} at slot ${slot}`);
    });
  }
});

Deno.test("drawSound() gives equal sounds whatever was played before", async () => {
  const fresh = await openSounds();
  const backwards = [...SCENES].reverse().map((one) => drawSound(one, fresh).data).reverse();
  SCENES.forEach((one, i) => assertEquals(drawSound(one, sounds).data, backwards[i]!, one.thing));
});

Deno.test("drawSound() plays the keys of a contour in tune", () => {
  const things: ThingName[] = ["piano", "trumpet", "flute"];
  for (const thing of things) {
    for (const contour of ["rising", "falling"] as const) {
      const one: Scene = {
        ...scene("train", 0, { things: [thing] }),
        count: 3,
        contour,
        register: "middle",
        rhythm: [1, 6, 11],
        performance: { take: 0, pitch: 0.5, velocities: [1, 0.8, 0.6] },
      };
      const { data } = drawSound(one, sounds);
      for (const { slot, key } of strokesOf(one)) {
        const heard = playedKey(data.subarray(slot * SLOT_SAMPLES + 1500));
        assert(Math.abs(heard - key) < 0.4, `${thing} ${contour}: ${heard} instead of ${key}`);
      }
    }
  }
});

Deno.test("drawSound() plays a stroke louder when its velocity is higher", () => {
  const base = scene("train", 0, { things: ["drum"] });
  const one: Scene = {
    ...base,
    count: 2,
    rhythm: [0, 8],
    performance: { ...base.performance, velocities: [0.6, 1] },
  };
  const { data } = drawSound(one, sounds);
  const ratio = peakOf(data.subarray(0, 16_000)) / peakOf(data.subarray(16_000));
  assert(Math.abs(ratio - 0.6) < 1e-3, String(ratio));
});

Deno.test("drawSound() plays other recordings of the same notes when the bank is the unseen one", async () => {
  const unseen = await openSounds({ bank: "unseen" });
  assertEquals([sounds.bank, unseen.bank], ["training", "unseen"]);
  for (const one of SCENES.filter((_, i) => i % 2 === 0)) {
    const { data } = drawSound(one, unseen);
    assert(peakOf(data) > 0, one.thing);
    assertNotEquals(data, drawSound(one, sounds).data, one.thing);
  }
});
