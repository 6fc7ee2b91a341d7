import { assert, assertEquals, assertRejects } from "@std/assert";
import { random } from "@codi/core/random";
import { readStreams, writePages } from "./_ogg.ts";
import { readTestFile, TEST_FILES, wavFile } from "./_testing.ts";
import { joined } from "./_waveform.ts";
import { decodeSound } from "./decode_sound.ts";

const FORMATS = "in WAV, MP3, FLAC, Ogg or WebM format";
const NAMES = Object.keys(TEST_FILES);

/** Asserts that bytes are refused with one line that names the problem. */
async function assertRefused(bytes: Uint8Array, reason: string): Promise<void> {
  const { message } = await assertRejects(() => decodeSound(bytes), SyntaxError, reason);
  assert(/^Cannot read a sound: \S[^\n]*[^\n.:]$/.test(message), message);
}

function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

Deno.test("decodeSound() refuses what is none of its formats", async () => {
  await assertRefused(new Uint8Array(0), "the file is empty");
  await assertRefused(new Uint8Array(1000), `it is nothing ${FORMATS}`);
  await assertRefused(ascii("not a sound"), `it is nothing ${FORMATS}`);
  await assertRefused(ascii("\0\0\0\x20ftypM4A "), `it is "mp4", not ${FORMATS}`);
  await assertRefused(ascii("\xff\xf1\x50\x80"), `it is "aac", not ${FORMATS}`);
  await assertRefused(ascii("FORM\0\0\0\0AIFF"), `it is "aiff", not ${FORMATS}`);
  await assertRefused(ascii("RIFF\0\0\0\0AVI "), `it is nothing ${FORMATS}`);
  await assertRefused(ascii("\xff\xfb\x90\x00 is no MP3"), "the file ends within frame 1 of MP3");
  const lonely = new Uint8Array(2000).fill(1);
  lonely.set([0xff, 0xfb, 0x90, 0x00]);
  await assertRefused(lonely, "it is no MP3: nothing follows its first frame");
  const speex = writePages([{ data: ascii("Speex   1.2"), position: 0 }]);
  await assertRefused(joined([...speex]), 'its Ogg streams are "Speex", not Vorbis, Opus or FLAC');
});

Deno.test("decodeSound() refuses WAV that it cannot read, and says why", async () => {
  const samples = Int16Array.of(1, 2, 3, 4);
  await assertRefused(wavFile(samples, { encoding: 7 }), "its WAV encoding 0x0007 is neither");
  await assertRefused(wavFile(samples, { bits: 12 }), "integers of 12 bits, not of 8, 16, 24, 32");
  await assertRefused(wavFile(samples, { bits: 16, encoding: 3 }), "floats of 16 bits, not of 32");
  await assertRefused(wavFile(samples, { channels: 9 }), "it has 9 channels, not 1 to 8");
  await assertRefused(wavFile(samples, { channels: 0 }), "it has 0 channels, not 1 to 8");
  await assertRefused(wavFile(samples, { rate: 999 }), "its rate is 999 Hz, not 1000 to 192000");
  await assertRefused(wavFile(samples, { rate: 0 }), "its rate is 0 Hz");
  await assertRefused(wavFile(samples, { stated: 800 }), "the file ends after 8 of 800 bytes");
  await assertRefused(wavFile(new Int16Array(0)), "there is no sound in it");
  await assertRefused(wavFile(samples).subarray(0, 30), "its format chunk is cut short");
  await assertRefused(wavFile(samples).subarray(0, 12), "the file ends before its format");
  await assertRefused(wavFile(samples).subarray(0, 36), "the file ends before its first sample");
  const uneven = wavFile(samples);
  uneven[32] = 3;
  await assertRefused(uneven, "its 1 channels of 16 bits do not make 3 bytes");
  const endless = wavFile(Float32Array.of(0, Infinity), { bits: 32, encoding: 3 });
  await assertRefused(endless, "not all of its samples are finite numbers");
});

Deno.test("decodeSound() refuses files that would fill the memory", async () => {
  const large = wavFile(new Uint8Array(50_000_001), { bits: 8 });
  await assertRefused(large, "its 50.0 MB are above the limit of 50 MB");
  const long = wavFile(new Uint8Array(601_000), { bits: 8, rate: 1000 });
  await assertRefused(long, "its 601 seconds are above the limit of 600 seconds");
  const flac = await readTestFile("sine.flac");
  new DataView(flac.buffer).setUint32(22, 4_000_000_000); // the header's number of samples
  await assertRefused(flac, "seconds are above the limit of 600 seconds");
  const [stream] = readStreams(await readTestFile("sine.opus"));
  const packets = [...stream!.packets()];
  const pages = writePages(packets.map((packet, i) => ({ ...packet, position: i * 1e7 })));
  await assertRefused(joined([...pages]), "seconds are above the limit of 600 seconds");
});

Deno.test("decodeSound() refuses files that are cut short", async () => {
  for (const name of NAMES) {
    const whole = await readTestFile(name);
    for (const part of [0.01, 0.3, 0.9]) {
      await assertRefused(whole.subarray(0, Math.floor(part * whole.length)), "");
    }
    await assertRefused(whole.subarray(0, whole.length - 20), "the file ");
  }
});

Deno.test("decodeSound() refuses damaged Ogg files by checksum, and hidden damage by decoder", async () => {
  for (const [name, damage] of [["sine_vorbis.ogg", 100], ["sine.opus", 0]] as const) {
    const bytes = await readTestFile(name);
    const garbled = Uint8Array.from(bytes);
    garbled[3000]! ^= 1;
    await assertRefused(garbled, "its checksum does not fit");
    const [stream] = readStreams(bytes);
    const packets = [...stream!.packets()].map((packet, index) =>
      index === 2 ? { ...packet, data: packet.data.fill(0xff, damage) } : packet
    );
    await assertRefused(joined([...writePages(packets)]), "the file is damaged (");
  }
});

Deno.test("decodeSound() ends with a sound or a reason, whatever is in the bytes", async () => {
  const draw = random("damaged sounds");
  let sounds = 0;
  let reasons = 0;
  for (const name of [...NAMES, "wav"]) {
    const whole = name === "wav" ? wavFile(new Int16Array(4000)) : await readTestFile(name);
    for (let round = 0; round < 8; round++) {
      const bytes = Uint8Array.from(whole);
      const reach = round % 2 === 0 ? 100 : bytes.length;
      for (let i = 0; i < 4; i++) bytes[draw.integer(reach)] = draw.integer(256);
      try {
        const { data } = await decodeSound(bytes);
        assertEquals(data.length, 32_000);
        assert(data.every((value) => Math.abs(value) <= 1), name);
        sounds++;
      } catch (error) {
        assert(error instanceof SyntaxError, `${name}: ${error}`);
        reasons++;
      }
    }
  }
  assert(sounds > 5 && reasons > 15, `${sounds} sounds, ${reasons} reasons`);
});
