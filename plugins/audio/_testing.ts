/** What the tests of sound files share. */

import { SOUND_RATE } from "./sound.ts";

/** A sine of 440 Hz and level 0.5 in [−1, 1]. */
export function sine(
  length: number,
  { rate = SOUND_RATE, frequency = 440, level = 0.5 } = {},
): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length },
    (_, i) => level * Math.sin(2 * Math.PI * frequency * i / rate),
  );
}

/** The level of a frequency in samples at 16 kHz, and the root mean square of all that is left. */
export function analyzeTone(
  samples: Float32Array,
  frequency = 440,
): { level: number; rest: number } {
  const angle = 2 * Math.PI * frequency / SOUND_RATE;
  const sum = (wave: (x: number) => number) =>
    samples.reduce((total, value, i) => total + value * wave(angle * i), 0) * 2 / samples.length;
  const [a, b] = [sum(Math.sin), sum(Math.cos)];
  const power = samples.reduce(
    (total, value, i) => total + (value - a * Math.sin(angle * i) - b * Math.cos(angle * i)) ** 2,
    0,
  );
  return { level: Math.hypot(a, b), rest: Math.sqrt(power / samples.length) };
}

/** A WAV file; the samples are its channels in turn. */
export function wavFile(
  samples: ArrayBufferView<ArrayBuffer>,
  { channels = 1, rate = SOUND_RATE, bits = 16, encoding = 1, stated = samples.byteLength } = {},
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + samples.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("RIFF\0\0\0\0WAVEfmt "));
  bytes.set(new TextEncoder().encode("data"), 36);
  view.setUint32(4, bytes.length - 8, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, encoding, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels * bits / 8, true);
  view.setUint16(32, channels * bits / 8, true);
  view.setUint16(34, bits, true);
  view.setUint32(40, stated, true);
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), 44);
  return bytes;
}

/**
 * A file of `testdata`: 0.6 seconds of 440 Hz in two channels, at level 0.5 in the left one, at 0.25 (in
 * FLAC 0) in the right one.
 */
export function readTestFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(`testdata/${name}`, import.meta.url));
}

/** The files of `testdata` and the mean level of their channels. */
export const TEST_FILES = {
  "sine.flac": 0.25,
  "sine_flac.ogg": 0.25,
  "sine.mp3": 0.375,
  "sine_vorbis.ogg": 0.375,
  "sine.opus": 0.375,
  "sine.webm": 0.375,
} as const;
