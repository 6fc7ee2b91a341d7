import { assert, assertEquals, assertThrows } from "@std/assert";
import { powerSpectrum } from "./power_spectrum.js";
import { spectrogram } from "./spectrogram.js";
import { writeWav } from "./write_wav.js";

Deno.test("powerSpectrum() agrees with the sum that defines it", () => {
  const size = 64;
  const sound = Float32Array.from({ length: size }, (_, n) => Math.sin(n * n * 0.037) + 0.2);
  const power = powerSpectrum(size)(sound, 0);
  for (let k = 0; k <= size / 2; k++) {
    let [real, imaginary] = [0, 0];
    for (let n = 0; n < size; n++) {
      const value = sound[n]! * (0.5 - 0.5 * Math.cos(2 * Math.PI * (n + 0.5) / size));
      real += value * Math.cos(2 * Math.PI * k * n / size);
      imaginary -= value * Math.sin(2 * Math.PI * k * n / size);
    }
    assert(Math.abs(power[k]! - (real ** 2 + imaginary ** 2)) < 1e-4, `${k}: ${power[k]}`);
  }
});

Deno.test("powerSpectrum() refuses sizes that are no power of two", () => {
  assertThrows(() => powerSpectrum(100), RangeError, "100");
});

Deno.test("spectrogram() is loudest at a tone's time and pitch", () => {
  const [rate, columns, rows] = [16_000, 50, 40];
  const sound = Float32Array.from(
    { length: 2 * rate },
    (_, n) => n < rate ? 0 : Math.sin(2 * Math.PI * 1000 * n / rate),
  );
  const levels = spectrogram(sound, rate, columns, rows);
  const row = (hertz: number) =>
    rows - 1 - Math.floor(rows * Math.log(hertz / 60) / Math.log(8000 / 60));
  const at = (row: number, column: number) => levels[row * columns + column]!;
  assert(at(row(1000), 40) > 0.95);
  assertEquals(at(row(1000), 10), 0);
  assert(at(row(4000), 40) < 0.3);
  assert(levels.every((level) => level >= 0 && level <= 1));
});

Deno.test("writeWav() writes 16 bits with a header that tells their number", async () => {
  const view = new DataView(await writeWav(Float32Array.of(0, 1, -1, 2), 16_000).arrayBuffer());
  assertEquals(view.byteLength, 52);
  assertEquals(view.getUint32(40, true), 8);
  assertEquals(view.getUint32(24, true), 16_000);
  assertEquals([0, 1, 2, 3].map((i) => view.getInt16(44 + 2 * i, true)), [0, 32767, -32767, 32767]);
});
