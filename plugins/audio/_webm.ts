import type { OggPacket } from "./_ogg.ts";
import { opusWaveform } from "./_opus_decoder.ts";
import { textAt, unreadable, type Waveform } from "./_waveform.ts";

/** The elements of Matroska, RFC 9559, that matter here, by their identifiers. */
const Element = {
  segment: 0x1853_8067,
  tracks: 0x1654_ae6b,
  track: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codec: 0x86,
  codecHeader: 0x63a2,
  encodings: 0x6d80,
  cluster: 0x1f43_b675,
  blockGroup: 0xa0,
  block: 0xa1,
  simpleBlock: 0xa3,
  discarded: 0x75a2,
} as const;

/** Those that others stand in; their lengths need not be known. */
const PARENTS: readonly number[] = [
  Element.segment,
  Element.tracks,
  Element.track,
  Element.cluster,
  Element.blockGroup,
];

const SOUND_TRACK = 2;
const RATE = 48_000;

interface Track {
  number?: number;
  type?: number;
  codec?: string;
  header?: Uint8Array;
  encoded?: boolean;
}

/** Reads the first sound track of WebM, where it is Opus. */
export function readWebm(bytes: Uint8Array): Waveform {
  const tracks: Track[] = [];
  let sound: Track | undefined;
  let position = 0;
  const packets: OggPacket[] = [];
  for (const { id, content } of elements(bytes)) {
    const track = tracks.at(-1);
    if (id === Element.track) tracks.push({});
    else if (id === Element.cluster) sound ??= soundTrack(tracks);
    else if (id === Element.trackNumber && track) track.number = wholeNumber(content);
    else if (id === Element.trackType && track) track.type = wholeNumber(content);
    else if (id === Element.codec && track) track.codec = textAt(content, 0, 32);
    else if (id === Element.codecHeader && track) track.header = content;
    else if (id === Element.encodings && track) track.encoded = true;
    else if (id === Element.discarded) position -= wholeNumber(content) * RATE / 1e9;
    else if (id === Element.block || id === Element.simpleBlock) {
      const data = packetOf(content, sound);
      if (data === undefined) continue;
      position += opusSamples(data);
      packets.push({ data, position });
    }
  }
  const head = (sound ?? soundTrack(tracks)).header!;
  const opening = [head, new Uint8Array()].map((data) => ({ data, position: 0, endsPage: true }));
  return opusWaveform(head, {
    position: Math.round(position),
    packets: () => [...opening, ...packets].values(),
  });
}

function soundTrack(tracks: readonly Track[]): Track {
  const track = tracks.find(({ type }) => type === SOUND_TRACK);
  if (track === undefined) throw unreadable("there is no sound track in its WebM");
  if (track.codec !== "A_OPUS") {
    throw unreadable(`the sound track of its WebM is "${track.codec}", not "A_OPUS"`);
  }
  if (track.header === undefined) throw unreadable("the sound track of its WebM has no header");
  if (track.encoded) throw unreadable("the sound track of its WebM is packed or encrypted");
  return track;
}

/** All elements in order, parents before what stands in them. */
function* elements(bytes: Uint8Array): Generator<{ id: number; content: Uint8Array }> {
  for (let at = 0; at < bytes.length;) {
    const id = variableNumber(bytes, at, true);
    const length = variableNumber(bytes, at + id.bytes, false);
    at += id.bytes + length.bytes;
    if (PARENTS.includes(id.value)) {
      yield { id: id.value, content: new Uint8Array() };
      continue;
    }
    if (at + length.value > bytes.length) throw unreadable("the file ends within its WebM");
    yield { id: id.value, content: bytes.subarray(at, at + length.value) };
    at += length.value;
  }
}

/** A number whose leading zero bits tell how many bytes it has; identifiers keep the marking bit. */
function variableNumber(bytes: Uint8Array, at: number, marked: boolean) {
  if (at >= bytes.length) throw unreadable("the file ends within its WebM");
  const length = Math.clz32(bytes[at]!) - 23;
  if (length > 8) throw unreadable("the file is damaged: its WebM has a number of no length");
  if (at + length > bytes.length) throw unreadable("the file ends within its WebM");
  const rest = bytes.subarray(at + 1, at + length);
  const first = marked ? bytes[at]! : bytes[at]! & (0xff >> length);
  return { value: wholeNumber(rest, first), bytes: length };
}

function wholeNumber(bytes: Uint8Array, first = 0): number {
  return bytes.reduce((sum, byte) => 256 * sum + byte, first);
}

/** The packet of a block, undefined if it belongs to another track. */
function packetOf(block: Uint8Array, track: Track | undefined): Uint8Array | undefined {
  const number = variableNumber(block, 0, false);
  if (number.value !== track?.number) return undefined;
  const flags = block[number.bytes + 2] ?? 0; // behind two bytes of time
  if ((flags & 6) !== 0) throw unreadable("its WebM has several packets in a block");
  return block.subarray(number.bytes + 3);
}

/** How many samples of 48 kHz a packet of Opus holds, RFC 6716, section 3. */
function opusSamples(packet: Uint8Array): number {
  const [head = 0, count = 0] = packet;
  const setting = head >> 3;
  const frame = setting < 12
    ? [480, 960, 1920, 2880][setting & 3]!
    : setting < 16
    ? [480, 960][setting & 1]!
    : [120, 240, 480, 960][setting & 3]!;
  return frame * [1, 2, 2, count & 63][head & 3]!;
}
