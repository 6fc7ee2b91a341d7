import { damaged, failOnComplaint } from "./_complaints.ts";
import {
  checkHeader,
  mixChannels,
  requireLength,
  unreadable,
  viewOf,
  type Waveform,
} from "./_waveform.ts";

/** Small, since a few bytes of FLAC may be a long silence. */
const CHUNK = 4096;

/** What the first block of FLAC says. */
export interface StreamInfo {
  readonly rate: number;
  readonly channels: number;
  /** The number of samples, undefined where the writer did not know it. */
  readonly length: number | undefined;
}

/** Reads FLAC. */
export function readFlac(bytes: Uint8Array): Waveform {
  const { rate, channels, length } = streamInfo(bytes, 4);
  checkHeader({ rate, channels, length: length ?? 1 });
  const chunks = function* () {
    for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
  };
  return { rate, length, blocks: requireLength(flacBlocks(chunks()), length) };
}

/**
 * Reads the block that every file begins with.
 *
 * @param bytes The file.
 * @param at Where the block's own header begins.
 */
export function streamInfo(bytes: Uint8Array, at: number): StreamInfo {
  if (at + 38 > bytes.length) throw unreadable("the file ends within its FLAC header");
  if ((bytes[at]! & 0x7f) !== 0) throw unreadable("its FLAC header is damaged");
  const view = viewOf(bytes);
  const packed = view.getUint32(at + 14); // 20 bits of rate, 3 of channels, 5 of depth, 4 of length
  const length = (packed & 15) * 2 ** 32 + view.getUint32(at + 18);
  return {
    rate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    length: length === 0 ? undefined : length,
  };
}

/** Decodes FLAC, by itself or in Ogg pages. */
export async function* flacBlocks(chunks: Iterable<Uint8Array>): AsyncGenerator<Float32Array> {
  const { FLACDecoder } = await import("@wasm-audio-decoders/flac");
  const decoder = new FLACDecoder();
  await decoder.ready;
  const { _decoder: inner } = decoder as unknown as { _decoder: object };
  failOnComplaint(inner);
  try {
    for (const chunk of chunks) yield mixChannels((await decoder.decode(chunk)).channelData);
    yield mixChannels((await decoder.flush()).channelData);
  } catch (cause) {
    throw damaged(cause);
  } finally {
    decoder.free();
  }
}
