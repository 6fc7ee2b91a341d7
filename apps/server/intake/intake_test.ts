import { audio } from "@codi/audio";
import { tensor } from "@codi/core/tensor";
import { image } from "@codi/image";
import { video } from "@codi/video";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { deflateSync } from "node:zlib";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { MODALITIES } from "../server_testing.ts";
import { DEFAULT_CONFIG } from "../config.ts";
import { Problem } from "../problem.ts";
import { type Intake, openIntake } from "./intake.ts";
import { pictureSize } from "./picture_size.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const { limits } = DEFAULT_CONFIG;

function intakeOf(): Intake {
  return openIntake({ modalities: MODALITIES, limits, seconds: 60 });
}

/** A red picture with a blue left upper quarter, as a file. */
async function picture(format: "png" | "jpeg" | "webp" | "gif", size = 64): Promise<Bytes> {
  const blue = { create: { width: size / 2, height: size / 2, channels: 3, background: "blue" } };
  const made = sharp({ create: { width: size, height: size, channels: 3, background: "red" } })
    .composite([{ input: blue as never, left: 0, top: 0 }]);
  return new Uint8Array(await made.toFormat(format).toBuffer());
}

function concat(...parts: Uint8Array[]): Bytes {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** A PNG file of given sizes and data, sound or not. */
function png(width: number, height: number, data: Uint8Array, ...more: Uint8Array[]): Bytes {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  return concat(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
    chunk("IHDR", header),
    ...more,
    chunk("IDAT", deflateSync(data)),
    chunk("IEND", new Uint8Array()),
  );
}

function wav(seconds: number): Bytes {
  const bytes = new Uint8Array(44 + 2 * 8000 * seconds);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("RIFF....WAVEfmt "));
  view.setUint32(4, bytes.length - 8, true);
  [16, 0, 1, 1, 8000, 0, 16_000, 0, 2, 16].forEach((word, i) =>
    view.setUint16(16 + 2 * i, word, true)
  );
  bytes.set(new TextEncoder().encode("data"), 36);
  view.setUint32(40, bytes.length - 44, true);
  for (let i = 44; i < bytes.length; i += 2) view.setInt16(i, 8000 * Math.sin(i / 9), true);
  return bytes;
}

/** A clip that becomes brighter. */
function clip() {
  return tensor(
    [16, 3, 64, 64],
    Float32Array.from({ length: 16 * 3 * 64 * 64 }, (_, i) => Math.floor(i / 12_288) / 8 - 1),
  );
}

async function refusal(
  intake: Intake,
  modality: typeof image | typeof audio | typeof video,
  bytes: Bytes,
) {
  try {
    await intake.accept(modality as never, bytes, "/prompts/0");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { status, detail } = error.document;
    assertStringIncludes(detail, "/prompts/0: ");
    return { status, detail };
  }
  return { status: 200, detail: "" };
}

Deno.test("accept() writes pictures anew as they were", async () => {
  await using intake = intakeOf();
  for (const format of ["png", "jpeg", "webp", "gif"] as const) {
    for (const size of [64, 2000]) {
      const { bytes, mediaType } = await intake.accept(image, await picture(format, size), "a");
      assertEquals(mediaType, format === "gif" ? "image/gif" : "image/png");
      const { data } = await image.codec.decode(bytes);
      const at = (x: number, y: number) =>
        [0, 1, 2].map((channel) => Math.round(data[channel * 4096 + 64 * y + x]!));
      assertEquals([at(8, 8), at(56, 56)], [[-1, -1, 1], [1, -1, -1]], `${format} ${size}`);
    }
  }
});

Deno.test("accept() turns photographs upright", async () => {
  await using intake = intakeOf();
  const upright = await image.codec.decode(await picture("jpeg"));
  for (let orientation = 1; orientation <= 8; orientation++) {
    const file = await sharp(await picture("jpeg")).withMetadata({ orientation }).jpeg().toBuffer();
    const { bytes } = await intake.accept(image, new Uint8Array(file), "a");
    const { data } = await image.codec.decode(bytes);
    const expected = await image.codec.decode(new Uint8Array(file));
    const error = data.reduce((sum, value, i) => sum + Math.abs(value - expected.data[i]!), 0);
    assert(error / data.length < 0.05, `orientation ${orientation}: ${error / data.length}`);
    if (orientation === 3) assert(Math.abs(data[0]! - upright.data[0]!) > 1);
  }
});

Deno.test("acceptMask() takes every format, and writes it anew as it marked its sample", async () => {
  await using intake = intakeOf();
  const sample = await intake.accept(image, await picture("png", 1000), "a");
  const black = {
    create: { width: 1000, height: 1000, channels: 3 as const, background: "black" },
  };
  const left = { create: { ...black.create, width: 500, background: "white" } };
  const drawn = sharp(black).composite([{ input: left, left: 0, top: 0 }]);
  for (const format of ["png", "jpeg", "webp", "gif"] as const) {
    const sent = new Uint8Array(await drawn.toFormat(format).toBuffer());
    const { bytes, mediaType } = await intake.acceptMask(image, sent, sample, "a");
    assertEquals(mediaType, format === "gif" ? "image/gif" : "image/png");
    const marked = image.autoencoder!.latentMask!(
      await image.codec.decodeMask!(bytes, sample.bytes),
    );
    assertEquals(marked, image.autoencoder!.regionMask!("0,0,32,64"), format);
  }
});

Deno.test("accept() takes sounds and clips", async () => {
  await using intake = intakeOf();
  assertEquals((await intake.accept(audio, wav(2), "a")).mediaType, "audio/wav");
  for (const format of ["webm", "gif"]) {
    const bytes = await video.codec.encode(clip(), { format });
    assert((await intake.accept(video, bytes, "a")).bytes.length > 0);
  }
});

Deno.test("accept() refuses hostile files and goes on", async () => {
  await using intake = intakeOf();
  const good = await picture("png");
  const jpeg = await picture("jpeg");
  const gif = await picture("gif");
  const webm = await video.codec.encode(clip());
  const animated = await video.codec.encode(clip(), { format: "webp" });
  const huge = jpeg.slice();
  const frame = huge.findIndex((byte, i) => byte === 0xff && (huge[i + 1]! & 0xfe) === 0xc0);
  huge.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  const wide = gif.slice();
  wide.set([0xff, 0xff], gif.findLastIndex((byte, i) => byte === 0x2c && gif[i + 1] === 0) + 5);
  const text = (value: string) => new TextEncoder().encode(value);
  const first = (file: Bytes, at: number, ...bytes: number[]) =>
    concat(file.slice(0, at), Uint8Array.from(bytes), file.slice(at));
  const told = chunk("tEXt", Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1));
  const table = 13 + (gif[10]! & 0x80 ? 3 << ((gif[10]! & 7) + 1) : 0);
  const cases: [string, typeof image | typeof audio | typeof video, Bytes, number][] = [
    ["a picture of 3600 megapixels", image, png(60_000, 60_000, new Uint8Array(10)), 413],
    ["a JPEG of 4295 megapixels", image, huge, 413],
    ["a PNG that tells a size before its header", image, first(good, 8, ...told), 400],
    ["a JPEG of 4295 megapixels behind a mark alone", image, first(huge, 2, 0xff, 0x01), 413],
    ["a GIF with an odd application", image, first(gif, table, 0x21, 0xff, 1, 0, 0), 400],
    ["pixels that inflate to 50 MB", image, png(8, 8, new Uint8Array(5e7)), 200],
    ["a picture whose pixels are missing", image, png(64, 64, new Uint8Array(10)), 400],
    ["half a PNG", image, good.slice(0, good.length >> 1), 400],
    ["a PNG's first bytes", image, good.slice(0, 20), 400],
    ["a JPEG's head", image, jpeg.slice(0, 300), 400],
    ["a GIF with a frame outside", image, wide, 400],
    ["half a GIF", image, gif.slice(0, gif.length >> 1), 400],
    ["a clip that stands still", video, gif, 400],
    ["half a clip", video, webm.slice(0, webm.length >> 1), 400],
    ["a sound of two minutes", audio, wav(120), 413],
    ["half a sound", audio, wav(2).slice(0, 8000), 400],
    ["a WAV's head", audio, wav(2).slice(0, 30), 400],
    ["noise", audio, crypto.getRandomValues(new Uint8Array(1000)).fill(0, 0, 4), 415],
    [
      "noise that begins as MP3",
      audio,
      concat(Uint8Array.of(0xff, 0xfb, 0x90), new Uint8Array(999)),
      400,
    ],
    ["an animated WebP", video, animated, 415],
    ["an animated WebP as picture", image, animated, 415],
    ["a PNG as sound", audio, good, 415],
    ["a sound as picture", image, wav(1), 415],
    ["an MP4", video, concat(text("\0\0\0\x18ftypisom"), new Uint8Array(99)), 415],
    ["a TIFF", image, concat(text("II*\0"), new Uint8Array(99)), 415],
    ["an SVG", image, text('<svg xmlns="http://www.w3.org/2000/svg"/>'), 415],
    ["a ZIP", image, text("PK\x03\x04 something"), 415],
    ["nothing", image, new Uint8Array(), 400],
    ["more than the limit", image, new Uint8Array(limits.uploadBytes + 1), 413],
  ];
  for (const [name, modality, bytes, status] of cases) {
    const refused = await refusal(intake, modality, bytes);
    if (status !== 200) assertEquals(refused.status, status, `${name}: ${refused.detail}`);
    assert([200, 400, 413, 415].includes(refused.status), `${name}: ${refused.detail}`);
    assert(!/file:|\.[jt]s\b|Error/.test(refused.detail), refused.detail);
  }
  assertEquals((await refusal(intake, image, good)).status, 200);
});

Deno.test("accept() leaves nothing in a picture's file but the picture", async () => {
  await using intake = intakeOf();
  const secret = new TextEncoder().encode("PK\x03\x04<script>alert(1)</script>");
  const pixels = new Uint8Array(8 * 25); // eight rows of a filter byte and eight pixels
  const text = concat(new TextEncoder().encode("note\0"), secret);
  const bomb = concat(new TextEncoder().encode("note\0\0"), deflateSync(new Uint8Array(1e8)));
  const file = concat(png(8, 8, pixels, chunk("tEXt", text), chunk("zTXt", bomb)), secret);
  const { bytes } = await intake.accept(image, file, "a");
  assert(!new TextDecoder("latin1").decode(bytes).includes("script"));
  assertEquals(pictureSize(bytes, "image/png"), { width: 8, height: 8, frames: 1 });
});

Deno.test("accept() tells what a file takes decoded, and refuses what takes too much before", async () => {
  const webm = await video.codec.encode(clip()); // 256×256 pixels
  {
    await using intake = intakeOf();
    assertEquals((await intake.accept(video, webm, "a")).memoryBytes, 3 * 16 * 256 * 256);
    assertEquals((await intake.accept(image, await picture("png"), "a")).memoryBytes, 4 * 64 * 64);
    assertEquals((await intake.accept(audio, wav(2), "a")).memoryBytes, wav(2).length);
  }
  const few = { ...limits, jobMemoryBytes: 3e6 };
  await using intake = openIntake({ modalities: MODALITIES, limits: few, seconds: 60 });
  const { document } = await assertRejects(() => intake.accept(video, webm, "/prompts/0"), Problem);
  assertEquals([document.status, document.type], [413, "urn:codi:problem:job-too-large"]);
  assertEquals(
    document.detail,
    "/prompts/0: its frames of 256×256 take 4 MB of memory, above the limit of 3 MB for a generation; " +
      "send a smaller clip",
  );
});

Deno.test("accept() ends what takes too long, and reads the next file", async () => {
  const options = { modalities: MODALITIES, limits, seconds: 60 };
  await using intake = openIntake(options);
  assertEquals((await refusal(intake, image, await picture("png"))).status, 200);
  options.seconds = 0.001;
  const large = await picture("png", 3900);
  const refused = await refusal(intake, image, large);
  assertEquals(refused, {
    status: 400,
    detail: "/prompts/0: it is not decoded within 0.001 seconds",
  });
  options.seconds = 60;
  assertEquals((await refusal(intake, image, large)).status, 200);
  // What decodes sounds and clips is only loaded and compiled with the first of them.
  const sound = async (name: string) =>
    await Deno.readFile(new URL(`../../../plugins/audio/testdata/${name}`, import.meta.url));
  for (
    const [modality, bytes] of [
      [audio, await sound("sine.mp3")],
      [audio, await sound("sine_vorbis.ogg")],
      [video, await video.codec.encode(clip())],
    ] as const
  ) {
    options.seconds = 0.02;
    assertStringIncludes((await refusal(intake, modality, bytes)).detail, "within 0.02 seconds");
    options.seconds = 60;
    assertEquals((await refusal(intake, modality, bytes)).status, 200);
  }
});
