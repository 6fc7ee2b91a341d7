import { readFlac } from "./_flac.ts";
import { looksLikeMpeg, readMpeg } from "./_mpeg.ts";
import { readOgg } from "./_ogg_audio.ts";
import { readWav } from "./_wav.ts";
import { textAt, unreadable, type Waveform } from "./_waveform.ts";
import { readWebm } from "./_webm.ts";

/** What is often taken for a sound file that is read: where it has which mark, and its name. */
const FOREIGN: readonly (readonly [number, string, string])[] = [
  [4, "ftyp", "mp4"],
  [0, "\xff\xf1", "aac"],
  [0, "\xff\xf9", "aac"],
  [8, "AIF", "aiff"],
  [0, "RF64", "rf64"],
  [0, "RIFX", "rifx"],
  [0, ".snd", "au"],
  [0, "MThd", "midi"],
  [0, "wvpk", "wavpack"],
];

/** Reads the header of a file, whose format is found in its bytes. */
export function openWaveform(bytes: Uint8Array): Waveform {
  if (textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === "WAVE") return readWav(bytes);
  if (textAt(bytes, 0, 4) === "fLaC") return readFlac(bytes);
  if (textAt(bytes, 0, 4) === "OggS") return readOgg(bytes);
  if (textAt(bytes, 0, 4) === "\x1a\x45\xdf\xa3") return readWebm(bytes);
  if (looksLikeMpeg(bytes)) return readMpeg(bytes);
  const formats = "in WAV, MP3, FLAC, Ogg or WebM format";
  const other = FOREIGN.find(([at, mark]) => textAt(bytes, at, mark.length) === mark);
  throw unreadable(
    other === undefined ? `it is nothing ${formats}` : `it is "${other[2]}", not ${formats}`,
  );
}
