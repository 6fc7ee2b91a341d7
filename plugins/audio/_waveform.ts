/** A file whose header has been read: one channel, at the file's own rate, block by block. */
export interface Waveform {
  /** Samples a second. */
  readonly rate: number;
  /** How many samples there are at most, undefined where the header does not say. */
  readonly length: number | undefined;
  /** The samples in order, all channels mixed; may be left early. */
  readonly blocks: Iterable<Float32Array> | AsyncIterable<Float32Array>;
}

/** What is read at most. */
export const LIMITS = {
  bytes: 50_000_000,
  seconds: 600,
  channels: 8,
  rate: [1000, 192_000],
} as const;

/** The error of a file that cannot be read. */
export function unreadable(reason: string, cause?: unknown): SyntaxError {
  return new SyntaxError(`Cannot read a sound: ${reason}`, { cause });
}

/** Refuses files that would fill the memory. */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.length === 0) throw unreadable("the file is empty");
  if (bytes.length > LIMITS.bytes) {
    throw unreadable(
      `its ${(bytes.length / 1e6).toFixed(1)} MB are above the limit of ${LIMITS.bytes / 1e6} MB`,
    );
  }
}

/** Refuses what a header says, before anything is decoded. */
export function checkHeader(header: { rate: number; channels: number; length: number }): void {
  const { rate, channels, length } = header;
  if (!(channels >= 1 && channels <= LIMITS.channels)) {
    throw unreadable(`it has ${channels} channels, not 1 to ${LIMITS.channels}`);
  }
  const [lowest, highest] = LIMITS.rate;
  if (!(rate >= lowest && rate <= highest)) {
    throw unreadable(`its rate is ${rate} Hz, not ${lowest} to ${highest}`);
  }
  const seconds = length / rate;
  if (!(seconds <= LIMITS.seconds)) {
    throw unreadable(
      `its ${Math.ceil(seconds)} seconds are above the limit of ${LIMITS.seconds} seconds`,
    );
  }
  if (length <= 0) throw unreadable("there is no sound in it");
}

/** The mean of the channels. */
export function mixChannels(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0]!;
  const mixed = new Float32Array(channels[0]?.length ?? 0);
  for (const channel of channels) {
    for (let i = 0; i < mixed.length; i++) mixed[i]! += channel[i]!;
  }
  for (let i = 0; i < mixed.length; i++) mixed[i]! /= channels.length;
  return mixed;
}

/** Passes samples on, and refuses a file that has fewer than it says. */
export async function* requireLength(
  blocks: AsyncIterable<Float32Array>,
  length: number | undefined,
): AsyncGenerator<Float32Array> {
  let found = 0;
  for await (const block of blocks) {
    found += block.length;
    yield block;
  }
  if (length !== undefined && found < length) {
    throw unreadable(`the file ends or is damaged after ${found} of ${length} samples`);
  }
}

/** ASCII at a place. */
export function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

/** A view of bytes that may be a part of their buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Text as bytes, which are one a character for ASCII. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Pieces one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
export function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer>;
export function joined(
  parts: readonly Uint8Array[] | readonly Float32Array[],
): Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  const length = parts.reduce((sum: number, part) => sum + part.length, 0);
  const whole = parts[0] instanceof Float32Array
    ? new Float32Array(length)
    : new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
