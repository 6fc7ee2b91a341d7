import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Art } from "./art.ts";
import { compose } from "./compose.ts";
import { backgroundOf, drawImage, drawScene, PICTURE_SIDE, placementOf } from "./draw.ts";
import { drawing } from "./drawing.ts";
import { scene } from "./scene.ts";

const PIXELS = PICTURE_SIDE * PICTURE_SIDE;
const opaque = (width: number, height: number) =>
  drawing("guitar", "noto", {
    width,
    height,
    pixels: new Uint8Array(4 * width * height).fill(255),
  });
const artOf = (one: ReturnType<typeof opaque>): Art => ({ drawings: [one], drawing: () => one });

/** The rows and columns, first and last, in which a picture is not its background. */
function extent(data: Float32Array, shade: number): [number, number, number, number] {
  const at = Array.from({ length: PIXELS }, (_, i) => i)
    .filter((i) => Math.abs(data[i]! - shade) > 1e-6);
  const columns = at.map((i) => i % PICTURE_SIDE);
  const rows = at.map((i) => Math.floor(i / PICTURE_SIDE));
  return [Math.min(...columns), Math.max(...columns), Math.min(...rows), Math.max(...rows)];
}

Deno.test("compose() covers exactly the drawing's area when it is scaled and turned", () => {
  const target = {
    data: new Float32Array(3 * PIXELS),
    offset: 0,
    planeStride: PIXELS,
    width: PICTURE_SIDE,
    height: PICTURE_SIDE,
  };
  for (const [scale, turn, e, f] of [[40, 0, 32, 32], [41.5, 0.15, 30.3, 33.6], [20, 1, 32, 32]]) {
    const [cos, sin] = [scale! * Math.cos(turn!), scale! * Math.sin(turn!)];
    // White on black: the values' sum over (value + 1) / 2 is the area.
    compose(
      opaque(128, 64),
      { a: cos, b: sin, c: -sin, d: cos, e: e!, f: f! },
      [0, 0, 0],
      target,
    );
    let area = 0;
    let x = 0;
    let y = 0;
    for (let i = 0; i < PIXELS; i++) {
      const cover = (target.data[i]! + 1) / 2;
      assert(cover >= -1e-6 && cover <= 1 + 1e-6);
      area += cover;
      x += cover * (i % PICTURE_SIDE + 0.5);
      y += cover * (Math.floor(i / PICTURE_SIDE) + 0.5);
    }
    assertAlmostEquals(area, scale! * scale! / 2, scale! * scale! * 0.005);
    assertAlmostEquals(x / area, e!, 0.02);
    assertAlmostEquals(y / area, f!, 0.02);
  }
});

Deno.test("compose() blends by alpha when the drawing lets light through", () => {
  const half = drawing("guitar", "noto", {
    width: 128,
    height: 128,
    pixels: new Uint8Array(4 * 128 * 128).map((_, i) => [51, 0, 102, 102][i % 4]!),
  });
  const data = new Float32Array(3 * PIXELS);
  const target = { data, offset: 0, planeStride: PIXELS, width: 64, height: 64 };
  compose(half, { a: 40, b: 0, c: 0, d: 40, e: 32, f: 32 }, [100, 200, 0], target);
  const middle = 32 * PICTURE_SIDE + 32;
  [51 + 100 * 0.6, 200 * 0.6, 102].forEach((value, c) =>
    assertAlmostEquals(data[c * PIXELS + middle]!, value / 127.5 - 1, 1e-5)
  );
});

Deno.test("compose() is the same within antialiasing when a smaller level takes over", () => {
  const bytes = new Uint8Array(4 * 128 * 128);
  for (let i = 0; i < 128 * 128; i++) {
    const value = Math.round(127 + 120 * Math.sin((i % 128) / 20) * Math.cos(i / 128 / 15));
    bytes.set([value, value, value, 255], 4 * i);
  }
  const smooth = drawing("guitar", "noto", { width: 128, height: 128, pixels: bytes });
  const render = (levels: typeof smooth.levels) => {
    const data = new Float32Array(3 * PIXELS);
    const target = { data, offset: 0, planeStride: PIXELS, width: 64, height: 64 };
    compose(
      { ...smooth, levels },
      { a: 37, b: 0, c: 0, d: 37, e: 32, f: 32 },
      [90, 90, 90],
      target,
    );
    return data;
  };
  const [large, small] = [render(smooth.levels.slice(0, 1)), render(smooth.levels.slice(1))];
  for (let y = 16; y < 48; y++) {
    for (let x = 16; x < 48; x++) assertAlmostEquals(large[64 * y + x]!, small[64 * y + x]!, 0.02);
  }
});

Deno.test("drawImage() keeps a margin around the thing, on the scene's background", () => {
  for (const [width, height] of [[128, 128], [128, 40], [30, 128]]) {
    const art = artOf(opaque(width!, height!));
    for (let i = 0; i < 100; i++) {
      const one = scene("train", i);
      const { shape, data } = drawImage(one, art);
      assertEquals(shape, [3, PICTURE_SIDE, PICTURE_SIDE]);
      const background = backgroundOf(one);
      for (let k = 0; k < PICTURE_SIDE; k++) {
        for (const at of [k, PIXELS - 1 - k, k * PICTURE_SIDE, k * PICTURE_SIDE + 63]) {
          for (let c = 0; c < 3; c++) {
            assertAlmostEquals(data[c * PIXELS + at]!, background[c]! / 127.5 - 1, 1e-6);
          }
        }
      }
      assert(data.every((value) => value >= -1.000001 && value <= 1.000001));
    }
  }
});

Deno.test("drawScene() writes only the planes it is given", () => {
  const data = new Float32Array(10 * PIXELS).fill(7);
  const one = scene("train", 0);
  const art = artOf(opaque(128, 100));
  drawScene(one, art, data, { offset: PIXELS, planeStride: 3 * PIXELS });
  const image = drawImage(one, art).data;
  for (let plane = 0; plane < 10; plane++) {
    const got = data.subarray(plane * PIXELS, (plane + 1) * PIXELS);
    const c = [1, 4, 7].indexOf(plane);
    if (c < 0) assert(got.every((value) => value === 7));
    else assertEquals(got, image.subarray(c * PIXELS, (c + 1) * PIXELS));
  }
});

Deno.test("drawScene() moves up when lifted and keeps its base when squashed", () => {
  const upright = { size: 40, tilt: 0, x: 0, y: 1 };
  const one = { ...scene("train", 0), placement: upright };
  const art = artOf(opaque(128, 128));
  const shade = backgroundOf(one)[0] / 127.5 - 1;
  const draw = (pose: Parameters<typeof placementOf>[2]) => {
    const data = new Float32Array(3 * PIXELS);
    drawScene(one, art, data, pose);
    return extent(data, shade);
  };
  const [left, right, top, bottom] = draw({});
  assertEquals([bottom, bottom - top + 1], [62, 40]);
  assertEquals(draw({ lift: 8 }), [left, right, top - 8, bottom - 8]);
  const [, , squashedTop, squashedBottom] = draw({ squash: 0.5 });
  assertEquals([squashedBottom, squashedTop], [bottom, top + 20]);
});

Deno.test("placementOf() leaves the headroom free when asked to", () => {
  const one = { ...scene("train", 0), placement: { size: 54, tilt: 10, x: 0, y: -1 } };
  const { b, d, f } = placementOf(one, opaque(128, 128), { headroom: 14 });
  assertAlmostEquals(f - (Math.abs(b) + Math.abs(d)) / 2, 15, 1e-9);
});

Deno.test("drawing() throws when the bytes do not fit the size", () => {
  assertThrows(
    () => drawing("guitar", "noto", { width: 4, height: 4, pixels: new Uint8Array(60) }),
    RangeError,
  );
});
