import { damaged } from "./_complaints.ts";
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

/** The rate that Opus counts and is decoded in. */
const RATE = 48_000;

/** Reads a stream of Opus, whose first two packets are its header and its comments. */
export function opusWaveform(head: Uint8Array, stream: OggStream): Waveform {
  if (head.length < 19) throw unreadable("its Opus header is cut short");
  const view = viewOf(head);
  const channels = head[9]!;
  const length = Math.max(0, stream.position - view.getUint16(10, true));
  checkHeader({ rate: RATE, channels, length });
  const gain = 10 ** (view.getInt16(16, true) / 256 / 20); // RFC 7845: in 1/256 decibels
  return { rate: RATE, length, blocks: requireLength(decode(stream, gain), length) };
}

async function* decode(stream: OggStream, gain: number): AsyncGenerator<Float32Array> {
  const { OggOpusDecoder } = await import("ogg-opus-decoder");
  const decoder = new OggOpusDecoder();
  await decoder.ready;
  failOnPacket(decoder);
  try {
    for (const page of writePages(withoutComments(stream.packets()))) {
      yield mixChannels((await decoder.decode(page)).channelData).map((value) => value * gain);
    }
    yield mixChannels((await decoder.flush()).channelData).map((value) => value * gain);
  } catch (cause) {
    throw damaged(cause);
  } finally {
    decoder.free();
  }
}

/** Makes the first packet that is no Opus end decoding; by itself the decoder prints that and goes on. */
function failOnPacket(decoder: object): void {
  type Decode = (...pointers: number[]) => number;
  const outer = decoder as {
    _instantiateDecoder(header: unknown): Promise<void>;
    _decoder: { _common: { wasm: { opus_frame_decode_float_deinterleaved: Decode } } };
  };
  const instantiate = outer._instantiateDecoder.bind(outer);
  outer._instantiateDecoder = async (header) => {
    await instantiate(header);
    const { wasm } = outer._decoder._common;
    const decodePacket = wasm.opus_frame_decode_float_deinterleaved;
    wasm.opus_frame_decode_float_deinterleaved = (...pointers) => {
      const samples = decodePacket(...pointers);
      if (samples < 0) throw unreadable(`the file is damaged (Opus error ${samples})`);
      return samples;
    };
  };
}

/** The decoder takes the comments for sound if they are longer than a page, as with a cover picture. */
function* withoutComments(packets: Iterable<OggPacket>): Generator<OggPacket> {
  let index = 0;
  for (const packet of packets) {
    if (index === 1) {
      const data = new Uint8Array(16); // no writer's name, no comments
      data.set(ascii("OpusTags"));
      yield { data, position: 0, endsPage: true };
    } else {
      yield packet;
    }
    index++;
  }
}
