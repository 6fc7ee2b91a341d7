import { damaged, failOnComplaint } from "./_complaints.ts";
import { type OggPacket, type OggStream, writePages } from "./_ogg.ts";
import {
  ascii,
  checkHeader,
  mixChannels,
  requireLength,
  unreadable,
  viewOf,
  type Waveform,
} from "./_waveform.ts";

/** Reads a stream of Vorbis. */
export function vorbisWaveform(head: Uint8Array, stream: OggStream): Waveform {
  if (head.length < 30) throw unreadable("its Vorbis header is cut short");
  const channels = head[11]!;
  const rate = viewOf(head).getUint32(12, true);
  const length = stream.position;
  checkHeader({ rate, channels, length });
  return { rate, length, blocks: requireLength(decode(stream), length) };
}

async function* decode(stream: OggStream): AsyncGenerator<Float32Array> {
  const { OggVorbisDecoder } = await import("@wasm-audio-decoders/ogg-vorbis");
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  const { _decoder: inner } = decoder as unknown as { _decoder: object };
  failOnComplaint(inner);
  try {
    for (const page of writePages(withoutComments(stream.packets()))) {
      yield mixChannels((await decoder.decode(page)).channelData);
    }
    yield mixChannels((await decoder.flush()).channelData);
  } catch (cause) {
    throw damaged(cause);
  } finally {
    decoder.free();
  }
}

/** The decoder takes the comments for sound if they are longer than a page, as with a cover picture. */
function* withoutComments(packets: Iterable<OggPacket>): Generator<OggPacket> {
  let index = 0;
  for (const packet of packets) {
    if (index === 1) {
      const data = new Uint8Array(16);
      data.set(ascii("\x03vorbis"));
      data[15] = 1; // the bit that ends it
      yield { data, position: 0 };
    } else {
      yield index < 3 ? { ...packet, endsPage: index !== 1 } : packet;
    }
    index++;
  }
}
