import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import { BufferSource, Input, WEBM } from "mediabunny";
import sharp from "sharp";
import { CLIP_SHAPE } from "./clip.ts";
import { codec, readClip } from "./codec.ts";
import {
  greyWebm,
  h264Mp4,
  peakSignalToNoise,
  ringClip,
  shades,
  soundOfWebm,
} from "./_testing_videos.ts";

const CLIP = ringClip();
const ONSET = 0.5;
const SOUND = tensor([32_000]);
for (let i = ONSET * 16_000; i < 32_000; i++) SOUND.data[i] = 0.5 * Math.cos(i * 0.3);

const written = new Map<string, Promise<Uint8Array>>();

/** The clip in some format, with sound and description; written once. */
function fileOf(format: string): Promise<Uint8Array> {
  const file = written.get(format) ?? write(format);
  written.set(format, file);
  return file;
}

function write(format: string): Promise<Uint8Array> {
  return codec.encode(CLIP, {
    format,
    description: 'prompt "ä"',
    beside: { audio: SOUND, text: "a guitar" },
  });
}

/** Asserts that bytes are refused with one line that names the problem. */
async function assertRefused(bytes: Uint8Array, reason: string): Promise<void> {
  const { message } = await assertRejects(() => codec.decode(bytes), SyntaxError, reason);
  assert(/^Cannot read a clip: \S[^\n]*[^\n.:]$/.test(message), message);
}

/** An animation of grey frames. */
async function greyAnimation(
  format: "gif" | "webp",
  greys: readonly number[],
  { delay, width = 64, height = 64 }: { delay: number[]; width?: number; height?: number },
): Promise<Uint8Array> {
  const stack = Uint8Array.from(greys.flatMap((grey) => new Array(3 * width * height).fill(grey)));
  return new Uint8Array(
    await sharp(stack, {
      raw: { width, height: height * greys.length, channels: 3, pageHeight: height },
    })[format]({ delay, lossless: true }).toBuffer(),
  );
}

Deno.test("codec.decode() gives back what codec.encode() wrote, closely", async () => {
  for (const format of ["webm", "gif", "webp"]) {
    const decoded = await codec.decode(await fileOf(format));
    assertEquals(decoded.shape, [...CLIP_SHAPE]);
    const decibels = peakSignalToNoise(CLIP, decoded);
    assert(decibels > 36, `${format}: ${decibels} dB`);
  }
});

Deno.test("codec.encode() gives equal bytes for equal clips, others for others", async () => {
  for (const format of Object.keys(codec.formats!)) {
    const file = await fileOf(format);
    assertEquals(await write(format), file, format);
    assertNotEquals(await codec.encode(CLIP, { format }), file, "a description counts");
  }
  assertEquals(
    (await fileOf("webm")).subarray(0, 4).join(),
    (await codec.encode(CLIP)).subarray(0, 4).join(),
    "WebM is what is written if no format is named",
  );
});

Deno.test("codec.encode() writes two seconds in WebM, with the sound in time", async () => {
  const input = new Input({ source: new BufferSource(await fileOf("webm")), formats: [WEBM] });
  const video = (await input.getPrimaryVideoTrack())!;
  assertEquals(await video.computeDuration(), 2);
  assertEquals((await video.computePacketStats()).packetCount, 16);
  assertEquals([await video.getCodec(), await video.getCodedWidth()], ["vp8", 256]);
  assertEquals((await input.getMetadataTags()).comment, 'prompt "ä"');
  input.dispose();
  const sound = await soundOfWebm(await fileOf("webm"));
  assert(Math.abs(sound.length / 48_000 - 2) < 0.003, `${sound.length} samples`);
  const onset = sound.findIndex((value) => Math.abs(value) > 0.25) / 48_000;
  assert(Math.abs(onset - ONSET) < 0.002, `it begins at ${onset} s`);
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert(Math.abs(peak - 0.5) < 0.1, `it is ${peak} loud`);
});

Deno.test("codec.encode() leaves the sound out if there is none of its length", async () => {
  for (const beside of [{}, { audio: "a guitar" }, { audio: tensor([16_000]) }, { text: SOUND }]) {
    const input = new Input({
      source: new BufferSource(await codec.encode(CLIP, { beside })),
      formats: [WEBM],
    });
    assertEquals((await input.getTracks()).length, 1);
    input.dispose();
  }
});

Deno.test("codec.encode() keeps a description in GIF, WebP and PNG files", async () => {
  for (const format of ["gif", "webp", "strip"]) {
    const file = new TextDecoder("latin1").decode(await fileOf(format));
    assert(file.includes('prompt "\\u00e4"'), format);
  }
});

Deno.test("codec.encode() clips what lies outside", async () => {
  const loud = tensor(CLIP_SHAPE, CLIP.data.map((value) => value * 5));
  const clipped = tensor(CLIP_SHAPE, loud.data.map((value) => Math.max(-1, Math.min(1, value))));
  const file = await codec.encode(loud, { format: "webp" });
  assertEquals(file, await codec.encode(clipped, { format: "webp" }));
});

Deno.test("codec.encode() refuses what is no clip, and formats it does not write", async () => {
  for (const other of [tensor([3, 64, 64]), tensor([16, 64, 64, 3]), tensor([8, 3, 64, 64])]) {
    await assertRejects(
      () => codec.encode(other),
      RangeError,
      `Cannot write a clip of shape [${other.shape}]`,
    );
  }
  const broken = tensor(CLIP_SHAPE);
  broken.data[7] = NaN;
  await assertRejects(() => codec.encode(broken), RangeError, "not all of its numbers are finite");
  const audio = tensor([32_000]);
  audio.data[7] = Infinity;
  await assertRejects(
    () => codec.encode(CLIP, { beside: { audio } }),
    RangeError,
    "not all numbers of its sound are finite",
  );
  await assertRejects(
    () => codec.encode(CLIP, { format: "avi" }),
    RangeError,
    'Cannot write a clip in the format "avi": it takes webm, gif, webp, strip',
  );
});

Deno.test("codec.decode() samples other rates in time, from VP8 and VP9", async () => {
  const ramp = (count: number, step: number) => Array.from({ length: count }, (_, i) => i * step);
  const close = (clip: Tensor, greys: readonly number[]) =>
    shades(clip).forEach((shade, i) => {
      assert(Math.abs(shade - greys[i]!) <= 3, `${shades(clip)} is not ${greys}`);
    });
  const slots = ramp(16, 1);
  // Of 32 frames a second every fourth is seen.
  const fast = await greyWebm("vp8", ramp(70, 3), { rate: 32 });
  close(await codec.decode(fast), slots.map((slot) => 12 * slot));
  close(await readClip(fast, { start: 1.5 }), slots.map((slot) => Math.min(144 + 12 * slot, 207)));
  // The clock of what was cut out of a stream does not begin at 0.
  const cut = await greyWebm("vp8", ramp(70, 3), { rate: 32, begin: 30 });
  close(await codec.decode(cut), slots.map((slot) => 12 * slot));
  close(await readClip(cut, { start: 1.5 }), slots.map((slot) => Math.min(144 + 12 * slot, 207)));
  // At four a second every frame lasts two slots; after one second the last one is held.
  const slow = await greyWebm("vp9", ramp(4, 50), { rate: 4, width: 97, height: 61 });
  close(await codec.decode(slow), slots.map((slot) => Math.min(3, Math.floor(slot / 2)) * 50));
});

Deno.test("codec.decode() samples animations by their delays", async () => {
  const greys = [0, 60, 120, 180, 240];
  const delay = [250, 130, 500, 120, 120];
  const expected = [0, 0, 60, 120, 120, 120, 120, 180, ...new Array(8).fill(240)];
  for (const format of ["gif", "webp"] as const) {
    const bytes = await greyAnimation(format, greys, { delay, width: 40, height: 30 });
    assertEquals(shades(await codec.decode(bytes)), expected, format);
    assertEquals(shades(await readClip(bytes, { start: 0.5 })), [
      ...expected.slice(4),
      ...new Array(4).fill(240),
    ]);
  }
});

Deno.test("codec.decode() reads the centre square of wide and high frames", async () => {
  const frame = (width: number, height: number, corner: string) =>
    sharp({ create: { width, height, channels: 3, background: "#f00" } }).composite([
      { input: { create: { width: 80, height: 80, channels: 3, background: "#00f" } } },
      {
        input: { create: { width: 9, height: 9, channels: 3, background: corner } },
        left: 0,
        top: 0,
      },
    ]).png().toBuffer();
  for (const [width, height] of [[240, 80], [80, 240]] as const) {
    const frames = [await frame(width, height, "#0f0"), await frame(width, height, "#fff")];
    const bytes = await sharp(frames, { join: { animated: true } }).webp({ lossless: true })
      .toBuffer();
    const { data } = await codec.decode(bytes);
    assertEquals(data.subarray(0, 3 * 4096), data.subarray(-3 * 4096), "the corner is not seen");
    for (const at of [2 * 64 + 2, 61 * 64 + 61, 61 * 64 + 2, 2 * 64 + 61]) {
      assertEquals([0, 4096, 8192].map((plane) => Math.round(data[plane + at]!)), [-1, -1, 1]);
    }
  }
});

Deno.test("codec.decode() refuses what is no clip, and says what it is", async () => {
  const still = sharp({ create: { width: 9, height: 9, channels: 3, background: "#f00" } });
  for (const format of ["png", "jpeg", "gif", "webp"] as const) {
    const picture = await still.clone().toFormat(format).toBuffer();
    await assertRefused(picture, "it is a picture that stands still; give it as an image prompt");
  }
  const encode = (text: string) => new TextEncoder().encode(text);
  await assertRefused(new Uint8Array(), "the file is empty");
  await assertRefused(encode("a clip of a guitar"), "it is nothing in WebM, GIF, WebP or MP4");
  await assertRefused(encode("RIFF....WAVEfmt "), "it is nothing in WebM, GIF, WebP or MP4");
  await assertRefused(encode("\0\0\0\x14ftypisom\0\0\0\0isom"), "Cannot read a clip");
});

Deno.test("codec.decode() names the package that other codecs take", async () => {
  const bytes = (await fileOf("webm")).slice();
  const name = new TextDecoder("latin1").decode(bytes).indexOf("V_VP8");
  bytes.set(new TextEncoder().encode("V_AV1"), name);
  for (const [codec, file] of [["av1", bytes], ["avc", await h264Mp4()]] as const) {
    await assertRefused(
      file,
      `its codec "${codec}" takes the package "@mediabunny/server", which is not installed; ` +
        'add it with "deno add npm:@mediabunny/server"',
    );
  }
});

Deno.test("codec.decode() keeps to its limits before it decodes", async () => {
  await assertRefused(new Uint8Array(100_000_001), "are above the limit of 100 megabytes");
  const wide = (await fileOf("webm")).slice();
  const at = wide.findIndex((byte, i) => byte === 0xb0 && wide[i + 1] === 0x82); // its width
  new DataView(wide.buffer).setUint16(at + 2, 65_000);
  await assertRefused(wide, "its frames of 65000×256 are above the 9-megapixel limit");
  const lying = (await fileOf("webm")).slice();
  const frame = lying.findIndex((byte, i) =>
    byte === 0x9d && lying[i + 1] === 0x01 && lying[i + 2] === 0x2a
  );
  lying.set([0xff, 0x3f, 0xff, 0x3f], frame + 3);
  await assertRefused(lying, "frame 1 has 16383×16383 pixels");
  const huge = await greyAnimation("webp", [0, 90, 180], { delay: [100, 100, 100] });
  huge.set([0xfe, 0x3f, 0, 0xfe, 0x3f, 0], 24); // its canvas: 16383×16383
  await assertRefused(huge, "its 3 frames of 16383×16383 are above the 250-megapixel limit");
});

Deno.test("readClip() refuses to begin after the end", async () => {
  for (const format of ["webm", "webp"]) {
    const file = await fileOf(format);
    for (const start of [2.5, -1, NaN]) {
      await assertRejects(
        () => readClip(file, { start }),
        RangeError,
        `Cannot read a clip from second ${start} on: the file lasts 2`,
      );
    }
  }
});

Deno.test("codec.decode() refuses every file that breaks off", async () => {
  const draw = random("break off");
  for (const format of ["webm", "gif", "webp"]) {
    const file = await fileOf(format);
    for (let i = 0; i < 40; i++) {
      await assertRefused(file.slice(0, draw.integer(file.length)), "");
    }
    await assertRefused(file.slice(0, -1), "the file is damaged");
  }
});

Deno.test("codec.decode() gives a clip or a SyntaxError when bytes are wrong", async () => {
  const draw = random("wrong bytes");
  for (const format of ["webm", "gif", "webp"]) {
    const file = await fileOf(format);
    let refused = 0;
    for (let i = 0; i < 12; i++) {
      const bytes = file.slice();
      for (let flips = 0; flips < 3; flips++) {
        bytes[draw.integer(i % 2 ? bytes.length : 600)] = draw.integer(256);
      }
      try {
        const { shape, data } = await codec.decode(bytes);
        assertEquals(shape, [...CLIP_SHAPE]);
        assert(data.every((value) => Math.abs(value) <= 1));
      } catch (error) {
        assert(error instanceof SyntaxError, String(error));
        refused++;
      }
    }
    assert(refused > 0, format);
  }
  assert(peakSignalToNoise(CLIP, await codec.decode(await fileOf("webm"))) > 36, "it recovers");
});
