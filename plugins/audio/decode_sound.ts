import { type Tensor, tensor } from "@codi/core/tensor";
import { openWaveform } from "./_open_waveform.ts";
import { openResampler, RESAMPLER_REACH } from "./_resampler.ts";
import { checkSize, joined, LIMITS, unreadable, type Waveform } from "./_waveform.ts";
import { SOUND_RATE, SOUND_SAMPLES } from "./sound.ts";

/** How many samples the resampler takes at once. */
const PIECE = 65_536;

/** Which part of a file is read. */
export interface DecodeSoundOptions {
  /** Where the sound begins, in seconds. @default {0} */
  readonly start?: number;
  /** Whether all that follows is read, whatever its length. @default {false} */
  readonly whole?: boolean;
}

/**
 * Reads a WAV, MP3, FLAC, Ogg or WebM file; which it is is found in its bytes. The channels are mixed,
 * the samples brought to 16 kHz, what is louder than full scale is clipped. Sound behind the part that
 * is asked for is not decoded.
 *
 * @param bytes The whole file: at most 50 MB, 10 minutes and 8 channels.
 * @param options Which part of it; its first two seconds unless told otherwise.
 * @returns [32000] in [−1, 1], filled up with silence; with `whole` [samples], as many as there are.
 * @throws {SyntaxError} If the bytes are none of these formats, are damaged or cut short, or beyond the
 * limits.
 * @throws {RangeError} If `start` is negative or at the end of the sound or behind it.
 *
 * @example A sound of three samples
 * ```ts
 * import { decodeSound } from "@codi/audio";
 * import { assertEquals } from "@std/assert";
 *
 * const wav = new Uint8Array(50);
 * const view = new DataView(wav.buffer);
 * const text = (at: number, name: string) => wav.set(new TextEncoder().encode(name), at);
 * text(0, "RIFF....WAVEfmt ");
 * [16, 0, 1, 1, 16_000, 0, 32_000, 0, 2, 16].forEach((word, i) =>
 *   view.setUint16(16 + 2 * i, word, true)
 * );
 * text(36, "data");
 * view.setUint32(40, 6, true);
 * [16_384, 0, -32_768].forEach((value, i) => view.setInt16(44 + 2 * i, value, true));
 *
 * const { data } = await decodeSound(wav, { whole: true });
 * assertEquals([...data], [0.5, 0, -1]);
 * assertEquals((await decodeSound(wav)).data.length, 32_000);
 * ```
 */
export async function decodeSound(
  bytes: Uint8Array,
  options: DecodeSoundOptions = {},
): Promise<Tensor> {
  const { start = 0, whole = false } = options;
  if (!(start >= 0 && Number.isFinite(start))) {
    throw new RangeError(`Cannot read a sound from second "${start}": it begins with second 0`);
  }
  checkSize(bytes);
  const waveform = openWaveform(bytes);
  const first = Math.round(start * SOUND_RATE);
  const samples = await collect(waveform, first, whole ? Infinity : SOUND_SAMPLES);
  if (!samples.every(Number.isFinite)) {
    throw unreadable("not all of its samples are finite numbers");
  }
  const data = new Float32Array(whole ? samples.length : SOUND_SAMPLES);
  samples.forEach((value, i) => data[i] = Math.max(-1, Math.min(1, value)));
  return tensor([data.length], data);
}

/** Up to `count` samples at 16 kHz from sample `first` on. */
async function collect(
  { rate, length = Infinity, blocks }: Waveform,
  first: number,
  count: number,
): Promise<Float32Array> {
  // The resampler starts where a sample of the file and one at 16 kHz fall together, a little early.
  const step = rate / greatestCommonDivisor(rate, SOUND_RATE);
  const reach = RESAMPLER_REACH * rate;
  const begin = Math.max(0, Math.floor((first / SOUND_RATE * rate - reach) / step) * step);
  const end = Math.min(length, (first + count) / SOUND_RATE * rate + reach);
  const resampler = await openResampler(rate);
  const parts: Float32Array[] = [];
  const add = (block: Float32Array) => {
    for (let at = 0; at < block.length; at += PIECE) {
      parts.push(resampler.push(block.subarray(at, at + PIECE)));
    }
  };
  let position = 0;
  try {
    for await (const block of blocks) {
      add(block.subarray(Math.max(0, begin - position), Math.max(0, Math.ceil(end) - position)));
      position += block.length;
      if (position > LIMITS.seconds * rate + reach) {
        throw unreadable(`it is above the limit of ${LIMITS.seconds} seconds`);
      }
      if (position >= end && end < length) break;
    }
    add(new Float32Array(Math.ceil(reach))); // what the resampler still holds
  } finally {
    resampler.close();
  }
  const found = Math.min(position, length);
  if (found === 0) throw unreadable("there is no sound in it");
  const last = Math.round(found / rate * SOUND_RATE);
  if (first >= last) {
    throw new RangeError(
      `Cannot read a sound from second ${first / SOUND_RATE}: it ends at second ${found / rate}`,
    );
  }
  const offset = first - Math.round(begin / rate * SOUND_RATE);
  return joined(parts).subarray(offset, offset + Math.min(count, last - first));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
