import OpusScript from "opusscript";

/** Samples per second of the sounds that are encoded. */
export const SAMPLE_RATE = 16_000;

/** What the encoder puts before the sound, in samples of 48 kHz, as the Opus header counts them. */
const PRE_SKIP = 312;
const BITRATE = 64_000;
/** Samples of a packet; the last ones are short, so that the track ends with the sound. */
const PACKET = 0.02 * SAMPLE_RATE;
const SHORT_PACKETS = [0.01, 0.005, 0.0025].map((seconds) => seconds * SAMPLE_RATE);

/** A sound in Opus: packets, how long each lasts, and the header that decoders want. */
export interface OpusTrack {
  readonly packets: readonly { readonly data: Uint8Array; readonly seconds: number }[];
  readonly header: Uint8Array<ArrayBuffer>;
}

/** Encodes a mono sound of 16 kHz, in [−1, 1]; what lies outside is clipped. */
export function encodeOpus(sound: Float32Array): OpusTrack {
  const delay = PRE_SKIP * SAMPLE_RATE / 48_000;
  const padded = new Int16Array(sound.length + delay + SHORT_PACKETS.at(-1)!);
  sound.forEach((value, i) => padded[i] = Math.round(Math.max(-1, Math.min(1, value)) * 32767));
  const encoder = new OpusScript(SAMPLE_RATE, 1, OpusScript.Application.AUDIO);
  try {
    keepInBounds(encoder);
    encoder.setBitrate(BITRATE);
    const packets: { data: Uint8Array; seconds: number }[] = [];
    for (let start = 0; start < sound.length + delay;) {
      const left = sound.length + delay - start;
      const size = [PACKET, ...SHORT_PACKETS].find((samples) => samples <= left) ??
        SHORT_PACKETS.at(-1)!;
      // It takes bytes; 16-bit numbers would be cut to their lower halves.
      const bytes = new Uint8Array(padded.buffer, 2 * start, 2 * size);
      packets.push({
        data: new Uint8Array(encoder.encode(bytes as Parameters<OpusScript["encode"]>[0], size)),
        seconds: size / SAMPLE_RATE,
      });
      start += size;
    }
    return { packets, header: opusHeader() };
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

/** The identification header of RFC 7845, section 5.1. */
function opusHeader(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(19);
  header.set(new TextEncoder().encode("OpusHead"));
  const view = new DataView(header.buffer);
  view.setUint8(8, 1); // version
  view.setUint8(9, 1); // channels
  view.setUint16(10, PRE_SKIP, true);
  view.setUint32(12, SAMPLE_RATE, true);
  return header;
}
