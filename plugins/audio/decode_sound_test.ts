import { assert, assertEquals, assertRejects } from "@std/assert";
import { analyzeTone, readTestFile, sine, TEST_FILES, wavFile } from "./_testing.ts";
import { decodeSound } from "./decode_sound.ts";

async function readWhole(bytes: Uint8Array): Promise<Float32Array> {
  return (await decodeSound(bytes, { whole: true })).data;
}

/** The bytes of whole numbers of 24 bits. */
function threeBytes(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values.flatMap((v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255]));
}

Deno.test("decodeSound() reads every kind of WAV exactly", async () => {
  const kinds: [ArrayBufferView<ArrayBuffer>, number, number][] = [
    [Uint8Array.of(192, 128, 0, 129), 8, 1],
    [Int16Array.of(16_384, 0, -32_768, 256), 16, 1],
    [threeBytes([0x40_0000, 0, -0x80_0000, 0x1_0000]), 24, 1],
    [Int32Array.of(0x4000_0000, 0, -0x8000_0000, 0x100_0000), 32, 1],
    [Float32Array.of(0.5, 0, -1, 1 / 128), 32, 3],
    [Float64Array.of(0.5, 0, -1, 1 / 128), 64, 3],
  ];
  for (const [samples, bits, encoding] of kinds) {
    const bytes = wavFile(samples, { bits, encoding });
    assertEquals([...await readWhole(bytes)], [0.5, 0, -1, 1 / 128], `${bits} bits`);
    const inside = new Uint8Array(bytes.length + 3); // where a view of it is not aligned
    inside.set(bytes, 3);
    assertEquals([...await readWhole(inside.subarray(3))], [0.5, 0, -1, 1 / 128]);
  }
});

Deno.test("decodeSound() reads WAV with further chunks, long formats and unknown lengths", async () => {
  const plain = wavFile(Int16Array.of(16_384, -8192, 0));
  const extended = new Uint8Array([
    ...plain.subarray(0, 12),
    ...[0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0], // LIST of an odd length, filled up
    ...plain.subarray(12, 36),
    ...[22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
    ...plain.subarray(36),
  ]);
  extended[28] = 40; // the length of the format
  extended.set([0xfe, 0xff], 32); // WAVE_FORMAT_EXTENSIBLE
  assertEquals([...await readWhole(extended)], [0.5, -0.25, 0]);
  const piped = wavFile(Int16Array.of(16_384, -8192, 0), { stated: 0xffff_ffff });
  assertEquals([...await readWhole(piped)], [0.5, -0.25, 0]);
});

Deno.test("decodeSound() mixes channels to their mean", async () => {
  const stereo = wavFile(Float32Array.of(1, 0, 0.5, -0.5, -1, -0.5), {
    channels: 2,
    bits: 32,
    encoding: 3,
  });
  assertEquals([...await readWhole(stereo)], [0.5, 0, -0.75]);
  const eight = wavFile(Int16Array.of(8192, 0, 0, 0, 0, 0, 0, 8192), { channels: 8 });
  assertEquals([...await readWhole(eight)], [1 / 16]);
});

Deno.test("decodeSound() reads MP3, FLAC, Ogg and WebM", async () => {
  for (const [name, expected] of Object.entries(TEST_FILES)) {
    const samples = await readWhole(await readTestFile(name));
    assertEquals(samples.length, 9600, name);
    const { level, rest } = analyzeTone(samples.subarray(800, 8800));
    // The encoders change the level by some percent, LAME the most.
    assert(Math.abs(level - expected) < (expected === 0.25 ? 1e-4 : 0.025), `${name} ${level}`);
    assert(rest < 0.005, `${name} ${rest}`);
  }
});

Deno.test("decodeSound() keeps pitch, level and length at every rate", async () => {
  for (const rate of [8000, 22_050, 44_056, 44_100, 48_000, 192_000]) {
    const file = wavFile(sine(rate / 2, { rate }), { rate, bits: 32, encoding: 3 });
    const samples = await readWhole(file);
    assertEquals(samples.length, 8000, `${rate}`);
    const middle = samples.subarray(800, 7200); // whole periods
    const difference = sine(8000).subarray(800, 7200).map((value, i) => value - middle[i]!);
    assert(difference.every((value) => Math.abs(value) < 1e-4), `${rate}`);
  }
});

Deno.test("decodeSound() leaves out what 16 kHz cannot hold", async () => {
  const high = sine(24_000, { rate: 48_000, frequency: 12_000 });
  const file = wavFile(high, { rate: 48_000, bits: 32, encoding: 3 });
  const samples = await readWhole(file);
  assert(samples.subarray(400, 7600).every((value) => Math.abs(value) < 1e-3));
});

Deno.test("decodeSound() cuts and fills up to two seconds", async () => {
  for (const rate of [16_000, 44_100]) {
    const wave = sine(3 * rate, { rate });
    const long = await decodeSound(wavFile(wave, { rate, bits: 32, encoding: 3 }));
    assertEquals(long.shape, [32_000]);
    assert(analyzeTone(long.data.subarray(400)).rest < 1e-3);
    const short = wavFile(wave.subarray(0, rate), { rate, bits: 32, encoding: 3 });
    const { data } = await decodeSound(short);
    assertEquals(data.length, 32_000);
    assert(data.subarray(15_900, 16_000).some((value) => Math.abs(value) > 0.4));
    assert(data.subarray(16_000).every((value) => value === 0));
  }
});

Deno.test("decodeSound() begins where it is told", async () => {
  for (const rate of [16_000, 22_050]) {
    // A tone that rises.
    const wave = Float32Array.from({ length: 3 * rate }, (_, i) => Math.sin(300 * (i / rate) ** 2));
    const file = wavFile(wave, { rate, bits: 32, encoding: 3 });
    const whole = await readWhole(file);
    assertEquals(whole.length, 48_000);
    for (const start of [0.5, 0.9876]) {
      const first = Math.round(start * 16_000);
      const { data } = await decodeSound(file, { start });
      assert(data.every((value, i) => Math.abs(value - whole[first + i]!) < 1e-5), `${rate}`);
      const rest = await decodeSound(file, { start, whole: true });
      assertEquals(rest.data.length, 48_000 - first);
    }
    const end = await decodeSound(file, { start: 2.5 });
    assert(end.data.subarray(8000).every((value) => value === 0));
  }
  const file = wavFile(new Int16Array(16_000));
  for (const start of [-1, NaN, Infinity]) {
    await assertRejects(() => decodeSound(file, { start }), RangeError, `from second "${start}"`);
  }
  await assertRejects(
    () => decodeSound(file, { start: 1.5 }),
    RangeError,
    "Cannot read a sound from second 1.5: it ends at second 1",
  );
});

Deno.test("decodeSound() clips what is louder than full scale", async () => {
  const loud = wavFile(Float32Array.of(5, -5, 0.5), { bits: 32, encoding: 3 });
  assertEquals([...await readWhole(loud)], [1, -1, 0.5]);
});
