import { damaged, failOnComplaint } from "./_complaints.ts";
import {
  checkHeader,
  mixChannels,
  textAt,
  unreadable,
  viewOf,
  type Waveform,
} from "./_waveform.ts";

const CHUNK = 32_768;
/** Kilobits a second by index, ISO 11172-3 table 2.4.2.3 and 13818-3; [version 1?][layer]. */
const BITRATES: Readonly<Record<string, readonly number[]>> = {
  "1-1": [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  "1-2": [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  "1-3": [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2-1": [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  "2-2": [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  "2-3": [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const RATES = [44_100, 48_000, 32_000];

interface Frame {
  readonly version: 1 | 2;
  readonly layer: number;
  readonly rate: number;
  readonly channels: number;
  readonly bytes: number;
  readonly samples: number;
}

/** Whether a frame of MPEG sound could begin here, or the tag that may stand before the first. */
export function looksLikeMpeg(bytes: Uint8Array): boolean {
  return textAt(bytes, 0, 3) === "ID3" || frameAt(bytes, 0) !== undefined;
}

/** Reads MP3, and layers I and II of the same standard. */
export function readMpeg(bytes: Uint8Array): Waveform {
  const begin = afterTag(bytes);
  const first = frameAt(bytes, begin);
  if (first === undefined) throw unreadable("no frame of MP3 follows its tag");
  const { end, frames } = walkFrames(bytes, begin, first);
  const length = frames * first.samples;
  checkHeader({ rate: first.rate, channels: first.channels, length });
  return { rate: first.rate, length, blocks: blocks(bytes.subarray(begin, end)) };
}

async function* blocks(bytes: Uint8Array): AsyncGenerator<Float32Array> {
  const { MPEGDecoder } = await import("mpg123-decoder");
  const decoder = new MPEGDecoder();
  await decoder.ready;
  failOnComplaint(decoder);
  try {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      yield mixChannels(decoder.decode(bytes.subarray(at, at + CHUNK)).channelData);
    }
  } catch (cause) {
    throw damaged(cause);
  } finally {
    decoder.free();
  }
}

/** Follows the frames from one to the next; what is no frame may only be a tag at the end. */
function walkFrames(bytes: Uint8Array, begin: number, first: Frame) {
  let end = begin;
  let frames = 0;
  for (let frame: Frame | undefined = first; frame !== undefined; frame = frameAt(bytes, end)) {
    if (frame.rate !== first.rate || frame.layer !== first.layer) break;
    if (end + frame.bytes > bytes.length) break;
    end += frame.bytes;
    frames++;
  }
  const rest = bytes.subarray(end);
  const tagged = ["TAG", "APE", "LYR", "ID3"].includes(textAt(rest, 0, 3));
  const cut = frameAt(rest, 0);
  if (rest.length > 0 && !tagged && rest.some((byte) => byte !== 0)) {
    throw unreadable(
      cut !== undefined && cut.bytes > rest.length
        ? `the file ends within frame ${frames + 1} of MP3`
        : frames < 2
        ? "it is no MP3: nothing follows its first frame"
        : `the file is damaged behind frame ${frames} of MP3`,
    );
  }
  const stated = statedFrames(bytes, begin, first);
  if (stated !== undefined && frames - 1 < stated) {
    throw unreadable(`the file ends after ${frames - 1} of ${stated} frames of MP3`);
  }
  return { end, frames: stated === undefined ? frames : stated };
}

function frameAt(bytes: Uint8Array, at: number): Frame | undefined {
  if (at + 4 > bytes.length) return undefined;
  const header = viewOf(bytes).getUint32(at);
  const field = (shift: number, bits: number) => (header >>> shift) & ((1 << bits) - 1);
  const edition = field(19, 2); // 3: version 1, 2: version 2, 0: version 2.5
  const layer = 4 - field(17, 2);
  const index = field(12, 4);
  const rateIndex = field(10, 2);
  if (field(21, 11) !== 0x7ff || edition === 1 || layer === 4) return undefined;
  if (index === 0 || index === 15 || rateIndex === 3) return undefined;
  const version = edition === 3 ? 1 : 2;
  const rate = RATES[rateIndex]! / [4, 0, 2, 1][edition]!;
  const bits = BITRATES[`${version}-${layer}`]![index - 1]! * 1000;
  const samples = layer === 1 ? 384 : layer === 3 && version === 2 ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor(samples * bits / (8 * slot * rate)) + field(9, 1);
  const channels = field(6, 2) === 3 ? 1 : 2;
  return { version, layer, rate, channels, bytes: slots * slot, samples };
}

/** Where the sound begins: behind ID3 tags of version 2, whose length has seven bits a byte. */
function afterTag(bytes: Uint8Array): number {
  let at = 0;
  while (textAt(bytes, at, 3) === "ID3" && at + 10 <= bytes.length) {
    const length = bytes.subarray(at + 6, at + 10).reduce((sum, byte) => sum * 128 + byte % 128, 0);
    at += 10 + length + (bytes[at + 5]! & 0x10 ? 10 : 0);
  }
  return at;
}

/** How many frames of sound the first frame says there are, where it says anything. */
function statedFrames(bytes: Uint8Array, begin: number, first: Frame): number | undefined {
  if (first.layer !== 3) return undefined;
  const side = first.version === 1 ? [17, 32] : [9, 17];
  const at = begin + 4 + side[first.channels - 1]!;
  if (!["Xing", "Info"].includes(textAt(bytes, at, 4)) || at + 12 > bytes.length) return undefined;
  const view = viewOf(bytes);
  return view.getUint32(at + 4) & 1 ? view.getUint32(at + 8) : undefined;
}
