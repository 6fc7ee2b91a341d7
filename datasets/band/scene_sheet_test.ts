import sharp from "sharp";
import { tensor } from "@codi/core/tensor";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { spectrogram, SPECTROGRAM_BANDS, SPECTROGRAM_COLUMNS } from "./_spectrogram.ts";
import { sceneSheet } from "./scene_sheet.ts";

const flat = (shape: number[], value: number) =>
  tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(value));
const clip = tensor([16, 3, 64, 64]);
for (let i = 0; i < clip.data.length; i++) clip.data[i] = Math.floor(i / 12_288) / 8 - 1;
const tone = (start: number) =>
  tensor([32_000], new Float32Array(32_000).map((_, i) => i < start ? 0 : Math.sin(i * 0.4)));

async function pixels(png: Uint8Array) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)],
  };
}

Deno.test("sceneSheet() puts pictures, frames and sounds where they belong", async () => {
  const picture = flat([3, 64, 64], 1);
  const row = { picture, clip, sound: tone(16_000), rhythm: [8] };
  const { width, height, at } = await pixels(await sceneSheet([row, { picture }]));
  assertEquals([width, height], [8 + 128 + 8 + 1024 + 8, 8 + 2 * (128 + 8)]);
  const left = 144;
  for (const frame of [0, 7, 15]) {
    const gray = Math.round(frame / 8 * 127.5);
    assertEquals(at(left + frame * 64 + 30, 40), [gray, gray, gray]);
  }
  const brightest = (from: number, to: number) => {
    let most = 0;
    for (let x = from; x < to; x += 3) {
      for (let y = 72; y < 136; y++) most = Math.max(most, ...at(x, y));
    }
    return most;
  };
  assert(brightest(left, left + 500) < 40); // silence
  assert(brightest(left + 600, left + 1000) > 200);
  assertEquals(at(left + 512, 73), [127, 212, 255]); // the mark of slot 8
  assertEquals(at(left + 30, 160), [255, 255, 255]); // the second row has a picture alone
});

Deno.test("spectrogram() shows a tone in its band and nothing before it begins", () => {
  const start = 16_000;
  const levels = spectrogram(tone(start).data);
  const column = (x: number) =>
    Array.from({ length: SPECTROGRAM_BANDS }, (_, y) => levels[y * SPECTROGRAM_COLUMNS + x]!);
  assert(column(start / 125 - 1).every((value) => value === 0));
  assert(column(start / 125).some((value) => value > 0));
  const late = column(200);
  const loudest = SPECTROGRAM_BANDS - 1 - late.indexOf(Math.max(...late));
  // 0.4 of 2π at 16 kHz is 1019 Hz: 1015 mel of 2840 in 65 steps, less one.
  assert(Math.abs(loudest - 22.2) < 1, `${loudest}`);
  assertEquals(spectrogram(new Float32Array(32_000)).every((value) => value === 0), true);
});

Deno.test("sceneSheet() throws when there is nothing to show or a shape is another", async () => {
  await assertRejects(() => sceneSheet([]), RangeError);
  await assertRejects(() => sceneSheet([{}]), RangeError);
  await assertRejects(
    () => sceneSheet([{ clip: tensor([8, 3, 64, 64]) }]),
    RangeError,
    "Cannot show a clip of shape [8,3,64,64]: it takes [16, 3, 64, 64]",
  );
});
