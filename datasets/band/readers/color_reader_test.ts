import { random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { COLOR_NAMES, COLORS, type Rgb, SHADE_JITTER } from "../colors.ts";
import { readColor } from "./color_reader.ts";

const flat = (shade: Rgb, [height, width]: [number, number] = [64, 64]) => {
  const pixels = height * width;
  const data = new Float32Array(3 * pixels);
  shade.forEach((value, c) => data.fill(value / 127.5 - 1, c * pixels, (c + 1) * pixels));
  return tensor([3, height, width], data);
};

Deno.test("readColor() is exact on flat pictures of every colour, jitter included", () => {
  for (const color of COLOR_NAMES) {
    for (let corner = 0; corner < 8; corner++) {
      const offset = (c: number) => corner >> c & 1 ? SHADE_JITTER : -SHADE_JITTER;
      const [red, green, blue] = COLORS[color];
      const shade: Rgb = [red + offset(0), green + offset(1), blue + offset(2)];
      const reading = readColor(flat(shade, corner < 4 ? [64, 64] : [5, 3]));
      assertEquals(reading.color, color);
      assertAlmostEquals(reading.distance, SHADE_JITTER * Math.sqrt(3), 1e-3);
      reading.shade.forEach((value, c) => assertAlmostEquals(value, shade[c]!, 1e-3));
    }
  }
});

Deno.test("readColor() does not change when a thing covers the middle and nearly half of the border", () => {
  const picture = flat(COLORS.orange);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 64; x++) {
        const inside = x > 0 && y > 0 && x < 63 && y < 63;
        if (inside || x + y < 58) picture.data[c * 4096 + y * 64 + x] = [-1, 1, 1][c]!;
      }
    }
  }
  const { color, distance } = readColor(picture);
  assertEquals(color, "orange");
  assertAlmostEquals(distance, 0, 1e-3);
});

Deno.test("readColor() stands noise", () => {
  const picture = flat(COLORS.purple);
  const stream = random("noise");
  for (let i = 0; i < picture.data.length; i++) picture.data[i]! += 0.2 * stream.normal();
  const { color, distance } = readColor(picture);
  assertEquals(color, "purple");
  assert(distance < 10);
});

Deno.test("readColor() throws when the shape is not [3, height, width]", () => {
  for (const shape of [[64, 64], [1, 64, 64], [1, 3, 64, 64], [3, 0, 64], []]) {
    assertThrows(() => readColor(tensor(shape)), RangeError, `[${shape}]`);
  }
});
