import { ascii, joined, textAt, unreadable, viewOf } from "./_waveform.ts";

/** The flags of a page. */
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;
/** The length of a page's header without its table of lengths. */
const HEADER = 27;
/** The position of a page on which no packet ends. */
const NO_POSITION = -1;

/** A page of an Ogg file, RFC 3533. */
interface OggPage {
  /** Its parts: 255 bytes each but the last of a packet, which is shorter. */
  readonly lengths: Uint8Array;
  /** The parts, one after the other. */
  readonly body: Uint8Array;
  /** How many samples there are up to its last packet's end, −1 if none ends on it. */
  readonly position: number;
}

/** A packet of a stream. */
export interface OggPacket {
  /** Its bytes. */
  readonly data: Uint8Array;
  /** How many samples there are up to its end; what counts is that of a page's last packet. */
  readonly position: number;
  /** Whether a page has to end with it. */
  readonly endsPage?: boolean;
}

/** A stream of packets. */
export interface OggStream {
  /** How many samples there are up to its end. */
  readonly position: number;
  /** Its packets in order; may be asked for again. */
  packets(): Iterator<OggPacket, undefined> & Iterable<OggPacket>;
}

/** The streams of a file, whose pages are all checked by their checksums. */
export function readStreams(bytes: Uint8Array): OggStream[] {
  const view = viewOf(bytes);
  const streams = new Map<number, { pages: OggPage[]; first: number }>();
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const name = `page ${++count} of Ogg`;
    if (textAt(bytes, at, 4) !== "OggS") throw unreadable(`the file is damaged before ${name}`);
    const body = at + HEADER + (bytes[at + HEADER - 1] ?? Infinity);
    const lengths = bytes.subarray(at + HEADER, body);
    const end = lengths.reduce((sum, length) => sum + length, body);
    if (!(end <= bytes.length)) throw unreadable(`the file ends within ${name}`);
    if (checksum(bytes.subarray(at, end)) !== view.getUint32(at + 22, true)) {
      throw unreadable(`the file is damaged in ${name}: its checksum does not fit`);
    }
    const position = Number(view.getBigInt64(at + 6, true));
    const key = view.getUint32(at + 14, true);
    const number = view.getUint32(at + 18, true);
    if ((bytes[at + 5]! & FIRST) !== 0 && !streams.has(key)) {
      streams.set(key, { pages: [], first: number });
    }
    const stream = streams.get(key);
    if (stream === undefined) throw unreadable(`the beginning of the stream of ${name} is missing`);
    if (number !== stream.first + stream.pages.length) {
      throw unreadable(`the file is damaged: a page before ${name} is missing`);
    }
    stream.pages.push({ lengths, body: bytes.subarray(body, end), position });
    at = end;
  }
  return [...streams.values()].map(({ pages }) => ({
    position: pages.findLast(({ position }) => position >= 0)?.position ?? 0,
    packets: () => packetsOf(pages),
  }));
}

function* packetsOf(pages: readonly OggPage[]): Generator<OggPacket> {
  let parts: Uint8Array[] = []; // of a packet that goes on on the next page
  for (const { lengths, body, position } of pages) {
    const lastEnd = lengths.findLastIndex((length) => length < 255);
    let from = 0;
    let to = 0;
    for (let index = 0; index < lengths.length; index++) {
      to += lengths[index]!;
      if (lengths[index] === 255) continue;
      parts.push(body.subarray(from, to));
      const data = parts.length === 1 ? parts[0]! : joined(parts);
      yield { data, position, endsPage: index === lastEnd };
      parts = [];
      from = to;
    }
    if (to > from) parts.push(body.subarray(from, to));
  }
  if (parts.length > 0) throw unreadable("the file ends within a packet of Ogg");
}

/** The pages of a file of one stream. */
export function* writePages(packets: Iterable<OggPacket>): Generator<Uint8Array> {
  let number = 0;
  let lengths: number[] = [];
  let content: Uint8Array[] = [];
  let position = NO_POSITION;
  let flags = FIRST;
  const page = (last: boolean): Uint8Array => {
    const bytes = writePage({
      flags: flags | (last ? LAST : 0),
      position,
      number,
      lengths,
      content,
    });
    number++;
    [lengths, content, position, flags] = [[], [], NO_POSITION, 0];
    return bytes;
  };
  let due = false; // a page waits to be known for the last or not
  for (const packet of packets) {
    if (due) yield page(false);
    for (let at = 0; at <= packet.data.length; at += 255) {
      if (lengths.length === 255) {
        yield page(false);
        if (at > 0) flags = CONTINUED;
      }
      const part = packet.data.subarray(at, at + 255);
      lengths.push(part.length);
      content.push(part);
    }
    position = packet.position;
    due = packet.endsPage === true;
  }
  yield page(true);
}

function writePage(page: {
  flags: number;
  position: number;
  number: number;
  lengths: readonly number[];
  content: readonly Uint8Array[];
}): Uint8Array {
  const header = new Uint8Array(HEADER + page.lengths.length);
  const view = viewOf(header);
  header.set(ascii("OggS"));
  header[5] = page.flags;
  view.setBigInt64(6, BigInt(page.position), true);
  view.setUint32(14, 1, true); // the stream's number: always the same, for equal bytes
  view.setUint32(18, page.number, true);
  header[HEADER - 1] = page.lengths.length;
  header.set(page.lengths, HEADER);
  const bytes = joined([header, ...page.content]);
  viewOf(bytes).setUint32(22, checksum(bytes), true);
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) rest = (rest << 1) ^ (rest < 0 ? 0x04c1_1db7 : 0);
  return rest;
});

/** The cyclic redundancy check of a page whose own four bytes count as zero. */
function checksum(page: Uint8Array): number {
  let rest = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i]!;
    rest = (rest << 8) ^ TABLE[(rest >>> 24) ^ byte]!;
  }
  return rest >>> 0;
}
