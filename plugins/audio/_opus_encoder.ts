import { Buffer } from "node:buffer";
import OpusScript from "opusscript";
import { type OggPacket, writePages } from "./_ogg.ts";
import { toIntegers } from "./_wav.ts";
import { ascii, joined, viewOf } from "./_waveform.ts";

const RATE = 16_000;
/** 20 ms. */
const FRAME = 320;
const BITS_A_SECOND = 64_000;
/** The encoder's delay in samples of 48 kHz, in which Opus counts whatever the rate is. */
const DELAY = 312;
const SCALE = 48_000 / RATE;

/** Writes Ogg Opus (RFC 7845) of one channel at 16 kHz. */
export function writeOpus(
  samples: Float32Array,
  description: string | undefined,
): Uint8Array<ArrayBuffer> {
  const length = DELAY + samples.length * SCALE;
  const frames = Math.ceil(length / (FRAME * SCALE));
  const packets = encode(samples, frames).map((data, index): OggPacket => ({
    data,
    position: Math.min(length, (index + 1) * FRAME * SCALE),
    endsPage: index % 50 === 49, // a second
  }));
  return joined([...writePages([
    { data: identification(), position: 0, endsPage: true },
    { data: comments(description), position: 0, endsPage: true },
    ...packets,
  ])]);
}

function encode(samples: Float32Array, frames: number): Uint8Array[] {
  const pcm = new Int16Array(frames * FRAME);
  pcm.set(toIntegers(samples));
  const bytes = Buffer.from(pcm.buffer);
  const encoder = new OpusScript(RATE, 1, OpusScript.Application.AUDIO);
  try {
    keepInBounds(encoder);
    encoder.setBitrate(BITS_A_SECOND);
    return Array.from({ length: frames }, (_, index) => {
      const frame = bytes.subarray(2 * index * FRAME, 2 * (index + 1) * FRAME);
      return Uint8Array.from(encoder.encode(frame, FRAME));
    });
  } finally {
    encoder.delete();
  }
}

/**
 * The encoder takes the address of its input, in bytes, for an index of 16-bit words, and would write at
 * twice the address: beyond what it has reserved.
 */
function keepInBounds(encoder: OpusScript): void {
  const inner = encoder as unknown as {
    inPCM: Uint16Array;
    readonly inPCMPointer: number;
    readonly inPCMLength: number;
  };
  inner.inPCM = new Uint16Array(inner.inPCM.buffer, inner.inPCMPointer, inner.inPCMLength / 2);
}

function identification(): Uint8Array {
  const bytes = new Uint8Array(19);
  bytes.set(ascii("OpusHead"));
  bytes[8] = 1; // version
  bytes[9] = 1; // channels
  viewOf(bytes).setUint16(10, DELAY, true);
  viewOf(bytes).setUint32(12, RATE, true);
  return bytes;
}

/** The writer's name and the description, as Vorbis comments. */
function comments(description: string | undefined): Uint8Array {
  const list = description === undefined ? [] : [`DESCRIPTION=${description}`];
  const count = new Uint8Array(4);
  count[0] = list.length;
  return joined([ascii("OpusTags"), counted("codi"), count, ...list.map(counted)]);
}

function counted(text: string): Uint8Array {
  const content = new TextEncoder().encode(text);
  const length = new Uint8Array(4);
  viewOf(length).setUint32(0, content.length, true);
  return joined([length, content]);
}
