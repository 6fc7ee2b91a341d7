import { assert, assertEquals } from "@std/assert";
import { decimate } from "./_decimate.ts";
import { NoteCache } from "./_note_cache.ts";
import { shapeNote, STROKE_SAMPLES } from "./_shape_note.ts";

const wave = (length: number, frequency: number, rate: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => Math.sin(2 * Math.PI * frequency * i / rate));

const rms = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

Deno.test("decimate() keeps what 16 kHz can hold and removes what would fold back", () => {
  for (const frequency of [100, 3000, 6000]) {
    const kept = decimate(wave(4800, frequency, 48_000)).subarray(100, 1500);
    const expected = wave(1600, frequency, 16_000).subarray(100, 1500);
    assert(rms(kept.map((value, i) => value - expected[i]!)) < 0.01, String(frequency));
  }
  for (const frequency of [8500, 12_000, 16_000]) {
    const folded = decimate(wave(4800, frequency, 48_000)).subarray(100, 1500);
    assert(rms(folded) < 1e-3, `${frequency}: ${rms(folded)}`);
  }
});

Deno.test("shapeNote() begins where the loudest burst does and leaves a softer one out", () => {
  const tone = wave(38_400, 1000, 16_000);
  const held = tone.map((value, i) => i < 2000 ? 0.5 * value : i < 5000 ? 0 : value);
  const note = shapeNote(held);
  assertEquals(note.length, STROKE_SAMPLES);
  assert(rms(note.subarray(80, 160)) > 0.6);
  const swelling = shapeNote(tone.map((value, i) => value * Math.min(1, i / 20_000)));
  assert(rms(swelling.subarray(0, 160)) > 0.4 * rms(swelling.subarray(0, 16_000)));
});

Deno.test("shapeNote() ends a note where it falls silent, and one that sounds on after 0.9 s", () => {
  const tone = wave(38_400, 1000, 16_000);
  assertEquals(shapeNote(tone).length, STROKE_SAMPLES);
  const short = shapeNote(tone.map((value, i) => i < 1600 ? value : 0));
  assert(Math.abs(short.length - 1600) < 20, String(short.length));
  assertEquals(shapeNote(new Float32Array(38_400)).length, 0);
});

Deno.test("NoteCache renders a note once and drops the ones not used for longest", () => {
  const rendered: number[] = [];
  const cache = new NoteCache((_, key) => {
    rendered.push(key);
    return new Float32Array(1);
  });
  const drum = { kind: "drum" } as const;
  for (let key = 0; key < 1024; key++) cache.note(drum, key);
  cache.note(drum, 0);
  cache.note(drum, 1024);
  assertEquals(rendered.length, 1025);
  cache.note(drum, 0);
  assertEquals(rendered.length, 1025);
  cache.note(drum, 1);
  assertEquals(rendered.length, 1026);
  cache.note({ kind: "program", bank: 0, program: 1 }, 1);
  assertEquals(rendered.length, 1027);
});
