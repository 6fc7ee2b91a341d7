import { assert, assertEquals, assertRejects } from "@std/assert";
import { random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import { sine } from "./_testing.ts";
import { codec } from "./codec.ts";

const SOUND = tensor([32_000], sine(32_000));
const DESCRIPTION = JSON.stringify({ prompt: 'ä "gong"\n – 🎸', seed: 7 });

/** The chunks of a RIFF file, or of what stands in a LIST chunk. */
function chunksOf(bytes: Uint8Array, from = 12): Record<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Record<string, Uint8Array> = {};
  for (let at = from; at < bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const name = new TextDecoder().decode(bytes.subarray(at, at + 4));
    chunks[name] = bytes.subarray(at + 8, at + 8 + length);
    at += 8 + length + length % 2;
  }
  return chunks;
}

Deno.test("codec.decode() gives back whole numbers of 16 bits, bit for bit", async () => {
  const draw = random("sound");
  const whole = tensor(
    [32_000],
    Float32Array.from({ length: 32_000 }, () => draw.integer(65_536) / 32_768 - 1),
  );
  const wav = await codec.encode(whole);
  assertEquals(wav.length, 44 + 64_000);
  assertEquals(new DataView(wav.buffer).getUint32(4, true), wav.length - 8);
  assertEquals(await codec.decode(wav), whole);
  assertEquals(await codec.encode(whole), wav, "equal sounds give equal bytes");
  assertEquals(await codec.encode(whole, { format: "wav" }), wav);
});

Deno.test("codec.encode() rounds to the nearest whole number and clips", async () => {
  const { data } = tensor([32_000]);
  data.set([0.4 / 32_768, 0.6 / 32_768, -0.6 / 32_768, 1, 5, -5]);
  const wav = await codec.encode(tensor([32_000], data));
  const view = new DataView(wav.buffer, 44);
  const written = [0, 1, 2, 3, 4, 5].map((i) => view.getInt16(2 * i, true));
  assertEquals(written, [0, 1, -1, 32_767, 32_767, -32_768]);
});

Deno.test("codec.encode() keeps every bit in the format wav-float", async () => {
  const wav = await codec.encode(SOUND, { format: "wav-float" });
  const { fact, data } = chunksOf(wav);
  assertEquals([fact?.length, data?.length], [4, 128_000]);
  assertEquals(await codec.decode(wav), SOUND);
});

Deno.test("codec.encode() writes Ogg Opus that sounds alike and starts in time", async () => {
  // A tone that fades, so that a shift by a sample would show.
  const tone = tensor([32_000], SOUND.data.map((value, i) => value * Math.exp(-i / 8000)));
  const bytes = await codec.encode(tone, { format: "opus" });
  assert(bytes.length > 5_000 && bytes.length < 25_000, `${bytes.length} bytes`);
  assertEquals(await codec.encode(tone, { format: "opus" }), bytes, "equal bytes");
  const { data } = await codec.decode(bytes);
  const error = data.reduce((sum, value, i) => sum + (value - tone.data[i]!) ** 2, 0);
  const power = tone.data.reduce((sum, value) => sum + value ** 2, 0);
  const ratio = 10 * Math.log10(power / error);
  assert(ratio > 30, `${ratio} dB`);
});

Deno.test("codec.encode() keeps a description of any length", async () => {
  for (const format of ["wav", "wav-float", "opus"]) {
    const plain = await codec.decode(await codec.encode(SOUND, { format }));
    for (const description of [DESCRIPTION, DESCRIPTION.repeat(2000)]) {
      const bytes = await codec.encode(SOUND, { format, description });
      assertEquals(await codec.decode(bytes), plain);
      if (format === "opus") continue;
      assertEquals(bytes.length % 2, 0);
      const { ICMT } = chunksOf(chunksOf(bytes)["LIST"]!, 4);
      assertEquals(new TextDecoder().decode(ICMT), `${description}\0`);
    }
  }
  const opus = await codec.encode(SOUND, { format: "opus", description: DESCRIPTION });
  const text = new TextEncoder().encode(`DESCRIPTION=${DESCRIPTION}`);
  const at = opus.findIndex((_, i) => text.every((byte, j) => opus[i + j] === byte));
  assertEquals(new DataView(opus.buffer).getUint32(at - 4, true), text.length);
});

Deno.test("codec.encode() refuses what is no sound and formats it does not name", async () => {
  for (const shape of [[16_000], [1, 32_000], []]) {
    await assertRejects(
      () => codec.encode(tensor(shape)),
      RangeError,
      `Cannot write a sound of shape [${shape}]`,
    );
  }
  const broken = tensor([32_000]);
  broken.data[7] = NaN;
  await assertRejects(() => codec.encode(broken), RangeError, "not all of its numbers are finite");
  await assertRejects(
    () => codec.encode(SOUND, { format: "mp3" }),
    RangeError,
    'Cannot write a sound in the format "mp3": it takes wav, wav-float, opus',
  );
});

Deno.test("codec.formats names what codec.encode() writes", async () => {
  assertEquals(Object.keys(codec.formats!), ["wav", "wav-float", "opus"]);
  for (const [format, { mediaType, extension }] of Object.entries(codec.formats!)) {
    const bytes = await codec.encode(SOUND, { format });
    const mark = new TextDecoder().decode(bytes.subarray(0, 4));
    assertEquals(mark, extension === ".wav" ? "RIFF" : "OggS");
    assert(codec.reads.includes(mediaType), mediaType);
  }
  assertEquals([codec.writes, codec.extension], ["audio/wav", ".wav"]);
});
