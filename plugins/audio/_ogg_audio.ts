import { flacBlocks, streamInfo } from "./_flac.ts";
import { type OggStream, readStreams } from "./_ogg.ts";
import { opusWaveform } from "./_opus_decoder.ts";
import { checkHeader, requireLength, textAt, unreadable, type Waveform } from "./_waveform.ts";
import { vorbisWaveform } from "./_vorbis.ts";

/** Reads Vorbis, Opus and FLAC in Ogg; of several streams the first of sound. */
export function readOgg(bytes: Uint8Array): Waveform {
  const streams = readStreams(bytes);
  const names: string[] = [];
  for (const stream of streams) {
    const head = stream.packets().next().value?.data ?? new Uint8Array();
    if (textAt(head, 1, 6) === "vorbis") return vorbisWaveform(head, stream);
    if (textAt(head, 0, 8) === "OpusHead") return opusWaveform(head, stream);
    if (textAt(head, 1, 4) === "FLAC") return flacWaveform(head, stream);
    names.push(`"${textAt(head, 0, 8).replace(/[^A-Za-z]/g, "")}"`);
  }
  throw unreadable(`its Ogg streams are ${names.join(", ")}, not Vorbis, Opus or FLAC`);
}

function flacWaveform(head: Uint8Array, { packets }: OggStream): Waveform {
  const { rate, channels, length } = streamInfo(head, 13);
  checkHeader({ rate, channels, length: length ?? 1 });
  const chunks = function* () {
    const file = Uint8Array.from(head.subarray(9, 13 + 4 + 34));
    file[4]! |= 0x80; // the only block before the sound
    yield file;
    for (const { data } of packets()) if (data[0] === 0xff) yield data;
  };
  return { rate, length, blocks: requireLength(flacBlocks(chunks()), length) };
}
