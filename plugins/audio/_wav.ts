import {
  ascii,
  checkHeader,
  joined,
  textAt,
  unreadable,
  viewOf,
  type Waveform,
} from "./_waveform.ts";

/** The encodings of samples, as the format chunk numbers them. */
const INTEGER = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** Programs that write to a pipe do not know the length and put one of about 2 or 4 GB. */
const UNKNOWN_LENGTH = 0x7fff_0000;
const BLOCK = 16_384;

interface Format {
  readonly encoding: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

/** Reads WAV: integers of 8, 16, 24 and 32 bits, floats of 32 and 64. */
export function readWav(bytes: Uint8Array): Waveform {
  const view = viewOf(bytes);
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = textAt(bytes, at, 4);
    const length = view.getUint32(at + 4, true);
    at += 8;
    if (name === "fmt ") format = readFormat(bytes, at, length);
    if (name === "data") {
      if (format === undefined) throw unreadable("the sound comes before its format");
      return readData(view, at, length, format);
    }
    at += length + length % 2;
  }
  throw unreadable(
    format === undefined
      ? "the file ends before its format"
      : "the file ends before its first sample",
  );
}

function readFormat(bytes: Uint8Array, at: number, length: number): Format {
  const view = viewOf(bytes);
  if (length < 16 || at + length > bytes.length) throw unreadable("its format chunk is cut short");
  let encoding = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const blockBytes = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);
  if (encoding === EXTENSIBLE && length >= 26) encoding = view.getUint16(at + 24, true);
  const read = encoding === INTEGER ? [8, 16, 24, 32] : encoding === FLOAT ? [32, 64] : undefined;
  if (read === undefined) {
    throw unreadable(
      `its WAV encoding 0x${encoding.toString(16).padStart(4, "0")} is neither integers nor floats`,
    );
  }
  if (!read.includes(bits)) {
    const kind = encoding === INTEGER ? "integers" : "floats";
    throw unreadable(`its samples are ${kind} of ${bits} bits, not of ${read.join(", ")}`);
  }
  checkHeader({ rate, channels, length: 1 });
  if (blockBytes !== channels * bits / 8) {
    throw unreadable(
      `its ${channels} channels of ${bits} bits do not make ${blockBytes} bytes`,
    );
  }
  return { encoding, channels, rate, bits };
}

function readData(view: DataView, at: number, stated: number, format: Format): Waveform {
  const there = view.byteLength - at;
  const bytes = stated >= UNKNOWN_LENGTH ? there : stated;
  if (bytes > there) {
    throw unreadable(`the file ends after ${there} of ${bytes} bytes of sound`);
  }
  const { channels, rate } = format;
  const frameBytes = channels * format.bits / 8;
  const length = Math.floor(bytes / frameBytes);
  checkHeader({ rate, channels, length });
  const sample = sampleReader(view, format);
  function* blocks(): Generator<Float32Array> {
    for (let first = 0; first < length; first += BLOCK) {
      const block = new Float32Array(Math.min(BLOCK, length - first));
      for (let i = 0; i < block.length; i++) {
        let sum = 0;
        for (let channel = 0; channel < channels; channel++) {
          sum += sample(at + (first + i) * frameBytes + channel * format.bits / 8);
        }
        block[i] = sum / channels;
      }
      yield block;
    }
  }
  return { rate, length, blocks: blocks() };
}

function sampleReader(view: DataView, { encoding, bits }: Format): (at: number) => number {
  if (encoding === FLOAT) {
    return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  }
  if (bits === 8) return (at) => (view.getUint8(at) - 128) / 128;
  if (bits === 16) return (at) => view.getInt16(at, true) / 0x8000;
  if (bits === 32) return (at) => view.getInt32(at, true) / 0x8000_0000;
  return (at) => (view.getInt8(at + 2) * 0x1_0000 + view.getUint16(at, true)) / 0x80_0000;
}

/** Writes WAV of one channel: integers of 16 bits, rounded and clipped, or floats of 32, as they are. */
export function writeWav(
  samples: Float32Array,
  rate: number,
  options: { float: boolean; description?: string | undefined },
): Uint8Array<ArrayBuffer> {
  const { float, description } = options;
  const data = float
    ? new Uint8Array(Float32Array.from(samples).buffer)
    : new Uint8Array(toIntegers(samples).buffer);
  const sampleBytes = float ? 4 : 2;
  const numbers = (...pairs: readonly (readonly [number, 2 | 4])[]) => {
    const bytes = new Uint8Array(pairs.reduce((sum, [, size]) => sum + size, 0));
    let at = 0;
    for (const [value, size] of pairs) {
      if (size === 2) viewOf(bytes).setUint16(at, value, true);
      else viewOf(bytes).setUint32(at, value, true);
      at += size;
    }
    return bytes;
  };
  const format = numbers(
    [float ? FLOAT : INTEGER, 2],
    [1, 2], // channels
    [rate, 4],
    [rate * sampleBytes, 4],
    [sampleBytes, 2],
    [8 * sampleBytes, 2],
    ...float ? [[0, 2]] as const : [], // no further fields
  );
  const chunks = [chunk("fmt ", format)];
  if (float) chunks.push(chunk("fact", numbers([samples.length, 4])));
  chunks.push(chunk("data", data));
  if (description !== undefined) {
    // A comment ends with a zero.
    const comment = chunk("ICMT", new TextEncoder().encode(`${description}\0`));
    chunks.push(chunk("LIST", joined([ascii("INFO"), comment])));
  }
  return chunk("RIFF", joined([ascii("WAVE"), ...chunks]));
}

/** Integers as they stand in a file of 16 bits: little-endian on every processor Deno runs on. */
export function toIntegers(samples: Float32Array): Int16Array<ArrayBuffer> {
  return Int16Array.from(
    samples,
    (value) => Math.max(-0x8000, Math.min(0x7fff, Math.round(value * 0x8000))),
  );
}

function chunk(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + content.length + content.length % 2);
  bytes.set(ascii(name));
  viewOf(bytes).setUint32(4, content.length, true);
  bytes.set(content, 8);
  return bytes;
}
