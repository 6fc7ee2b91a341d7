import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import sharp, { type Sharp } from "sharp";
import { codec, fromPixels, toPixels } from "./codec.ts";

type RGBA = { r: number; g: number; b: number; alpha: number };

const SIZE = 3 * 64 * 64;

/** A picture whose numbers are those of whole bytes. */
function picture(): Tensor {
  const draw = random("picture");
  return fromPixels(Uint8Array.from({ length: SIZE }, () => draw.integer(256)));
}

/** Red, green and blue at a place of a picture, as bytes. */
function at({ data }: Tensor, x: number, y: number): number[] {
  return [0, 1, 2].map((channel) => Math.round((data[channel * 4096 + y * 64 + x]! + 1) * 127.5));
}

function assertColor(actual: readonly number[], expected: readonly number[], tolerance = 3): void {
  assert(
    actual.every((value, i) => Math.abs(value - expected[i]!) <= tolerance),
    `${actual} is not ${expected}`,
  );
}

/** An image of stripes of equal width or height. */
function stripes(
  colors: readonly string[],
  { width, height, along }: { width: number; height: number; along: "x" | "y" },
): Sharp {
  const step = (along === "x" ? width : height) / colors.length;
  return sharp({ create: { width, height, channels: 3, background: "#000" } }).composite(
    colors.map((background, i) => ({
      input: {
        create: {
          width: along === "x" ? step : width,
          height: along === "x" ? height : step,
          channels: 3,
          background,
        },
      },
      left: along === "x" ? i * step : 0,
      top: along === "x" ? 0 : i * step,
    })),
  );
}

function flat(background: string | RGBA, channels: 3 | 4 = 3, side = 80): Sharp {
  return sharp({ create: { width: side, height: side, channels, background } });
}

/** A PNG of the given size whose header is right and whose data are missing. */
async function pngHeader(width: number, height: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(await flat("#000", 3, 1).png().toBuffer());
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  let crc = 0xffffffff; // of the chunk's type and data
  for (const byte of bytes.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  view.setUint32(29, ~crc >>> 0);
  return bytes;
}

Deno.test("codec.decode() gives back what codec.encode() wrote, bit for bit", async () => {
  const original = picture();
  const png = await codec.encode(original);
  assertEquals([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  assertEquals(await codec.decode(png), original);
  assertEquals(await codec.encode(original), png, "equal pictures give equal bytes");
});

Deno.test("codec.encode() clips what lies outside, and keeps a description", async () => {
  const original = picture();
  const loud = tensor([3, 64, 64], original.data.map((value) => value * 5));
  const decoded = await codec.decode(await codec.encode(loud));
  decoded.data.forEach((value, i) => {
    assert(Math.abs(value - Math.max(-1, Math.min(1, loud.data[i]!))) < 0.005);
  });
  const description = JSON.stringify({ prompt: 'ä "guitar"\n – 🎸', seed: 7 });
  const described = await codec.encode(original, { description });
  const exif = new TextDecoder("latin1").decode((await sharp(described).metadata()).exif);
  assertEquals(JSON.parse(/\{.*\}/.exec(exif)![0]), JSON.parse(description));
  assertEquals(await codec.decode(described), original);
});

Deno.test("codec.encode() refuses what is no picture", async () => {
  for (const other of [tensor([3, 32, 32]), tensor([64, 64, 3]), tensor([1, 3, 64, 64])]) {
    await assertRejects(
      () => codec.encode(other),
      RangeError,
      `Cannot write a picture of shape [${other.shape}]`,
    );
  }
  const broken = picture();
  broken.data[7] = NaN;
  await assertRejects(() => codec.encode(broken), RangeError, "not all of its numbers are finite");
});

Deno.test("codec.decode() reads every format that it names", async () => {
  const formats = ["png", "jpeg", "webp", "gif", "avif", "tiff"] as const;
  assertEquals(codec.reads, formats.map((name) => `image/${name}`));
  for (const format of formats) {
    const bytes = await flat("#ff8000").toFormat(format, { quality: 100 }).toBuffer();
    const decoded = await codec.decode(bytes);
    assertEquals(decoded.shape, [3, 64, 64], format);
    for (const [x, y] of [[0, 0], [32, 32], [63, 63]] as const) {
      assertColor(at(decoded, x, y), [255, 128, 0], 4);
    }
  }
});

Deno.test("codec.decode() reads grey, palette, 16-bit, CMYK and tiny pictures", async () => {
  const pictures = {
    grey: flat("#808080").greyscale().toColourspace("b-w").png(),
    palette: flat("#808080").png({ palette: true, colours: 2 }),
    deep: flat("#808080").toColourspace("rgb16").png(),
    print: flat("#808080").toColourspace("cmyk").jpeg({ quality: 100 }),
    tiny: flat("#808080", 3, 1).png(),
  };
  for (const [name, image] of Object.entries(pictures)) {
    const decoded = await codec.decode(await image.toBuffer());
    assertEquals(decoded.data.length, SIZE, name);
    assertColor(at(decoded, 5, 60), [128, 128, 128], name === "print" ? 16 : 4);
  }
});

Deno.test("codec.decode() puts white behind transparent parts", async () => {
  const cases: [RGBA, number[]][] = [
    [{ r: 255, g: 0, b: 0, alpha: 0 }, [255, 255, 255]],
    [{ r: 255, g: 0, b: 0, alpha: 1 }, [255, 0, 0]],
    [{ r: 0, g: 0, b: 0, alpha: 0.5 }, [127, 127, 127]],
  ];
  for (const [color, seen] of cases) {
    for (const format of ["png", "webp", "tiff"] as const) {
      const bytes = await flat(color, 4).toFormat(format, { lossless: true, compression: "lzw" })
        .toBuffer();
      assertColor(at(await codec.decode(bytes), 20, 40), seen, 2);
    }
  }
  const grey = await flat({ r: 0, g: 0, b: 0, alpha: 0.5 }, 4).toColourspace("b-w").png()
    .toBuffer();
  assertColor(at(await codec.decode(grey), 20, 40), [127, 127, 127], 2);
});

Deno.test("codec.decode() reads the centre square", async () => {
  const colors = ["#f00", "#0f0", "#00f"];
  const wide = stripes(colors, { width: 240, height: 80, along: "x" });
  const high = stripes(colors, { width: 80, height: 240, along: "y" });
  for (const image of [wide, high]) {
    const decoded = await codec.decode(await image.png().toBuffer());
    for (const [x, y] of [[2, 2], [61, 61], [2, 61], [32, 32]] as const) {
      assertColor(at(decoded, x, y), [0, 255, 0], 12);
    }
  }
});

Deno.test("codec.decode() turns a photograph upright", async () => {
  // Red at the left; a camera that was held sideways says so in its EXIF data.
  const image = stripes(["#f00", "#00f"], { width: 80, height: 80, along: "x" });
  const raw = await image.png().toBuffer();
  const upright: Record<number, [number, number]> = {
    1: [5, 32],
    3: [58, 32],
    6: [32, 5],
    8: [32, 58],
  };
  for (const [orientation, [x, y]] of Object.entries(upright)) {
    const bytes = await sharp(raw).jpeg({ quality: 100 })
      .withMetadata({ orientation: Number(orientation) }).toBuffer();
    const decoded = await codec.decode(bytes);
    assertColor(at(decoded, x, y), [255, 0, 0], 12);
    assertColor(at(decoded, 63 - x, 63 - y), [0, 0, 255], 12);
  }
});

Deno.test("codec.decode() reads the first frame of an animation", async () => {
  const frames = await Promise.all(["#f00", "#0f0"].map((color) => flat(color).png().toBuffer()));
  const bytes = await sharp(frames, { join: { animated: true } }).gif().toBuffer();
  assertColor(at(await codec.decode(bytes), 32, 32), [255, 0, 0]);
});

/** Asserts that bytes are refused with one line that names the problem. */
async function assertRefused(bytes: Uint8Array, reason: string): Promise<void> {
  const { message } = await assertRejects(() => codec.decode(bytes), SyntaxError, reason);
  assert(/^Cannot read a picture: \S[^\n]*[^\n.:]$/.test(message), message);
}

Deno.test("codec.decode() refuses what is none of its formats, whatever it is called", async () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const formats = "in PNG, JPEG, WebP, GIF, AVIF or TIFF format";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect/></svg>`;
  await assertRefused(encode(svg), `it is "svg", not ${formats}`);
  await assertRefused(encode(`<?xml version="1.0"?>\n${svg}`), `it is "svg", not ${formats}`);
  await assertRefused(encode("not a picture"), `it is nothing ${formats}`);
  await assertRefused(Uint8Array.of(0x42, 0x4d, 1, 2, 3, 4), `it is nothing ${formats}`); // BMP
  await assertRefused(encode("%PDF-1.7\n"), formats);
  await assertRefused(new Uint8Array(1000), formats);
  await assertRefused(new Uint8Array(0), "the file is empty");
});

Deno.test("codec.decode() refuses damaged files", async () => {
  const noisy = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const create = {
    width: 120,
    height: 120,
    channels: 3,
    background: "#000",
    noise: noisy,
  } as const;
  for (const format of ["png", "jpeg", "webp", "gif", "avif"] as const) {
    const whole = await sharp({ create }).toFormat(format).toBuffer();
    for (const part of [0.02, 0.3, 0.7]) {
      const bytes = whole.subarray(0, Math.max(24, Math.floor(part * whole.length)));
      await assertRefused(bytes, "");
    }
    const garbled = Uint8Array.from(whole);
    garbled.fill(0xa5, garbled.length >> 1);
    if (format === "png") await assertRefused(garbled, "the file is damaged (");
  }
});

Deno.test("codec.decode() refuses pictures that would fill the memory, by their header", async () => {
  const before = Deno.memoryUsage().rss;
  await assertRefused(
    await pngHeader(20_000, 20_000),
    "its 20000×20000 pixels are above the 50-megapixel limit",
  );
  await assertRefused(await pngHeader(1_000_000, 51), "its 1000000×51 pixels are above");
  assert(Deno.memoryUsage().rss - before < 200e6);
  // One that keeps the limit, with nothing behind its header.
  await assertRefused(await pngHeader(7000, 7000), "the file is damaged (");
});

Deno.test("fromPixels() and toPixels() order bytes by pixel, numbers by channel", () => {
  const bytes = new Uint8Array(SIZE);
  bytes.set([255, 0, 51], 3 * 65); // the second pixel of the second row
  const { data } = fromPixels(bytes);
  const place = 65;
  assertEquals([data[place], data[4096 + place]], [1, -1]);
  assert(Math.abs(data[2 * 4096 + place]! + 0.6) < 1e-6);
  assertEquals(toPixels(fromPixels(bytes)), bytes);
  assertThrows(() => fromPixels(new Uint8Array(64 * 64)), RangeError, "of 4096 bytes");
});
