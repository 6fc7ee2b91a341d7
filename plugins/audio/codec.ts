import type { Codec, EncodeOptions } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { writeOpus } from "./_opus_encoder.ts";
import { writeWav } from "./_wav.ts";
import { decodeSound } from "./decode_sound.ts";
import { requireSound, SOUND_RATE } from "./sound.ts";

const FORMATS = {
  wav: { mediaType: "audio/wav", extension: ".wav" },
  "wav-float": { mediaType: "audio/wav", extension: ".wav" },
  opus: { mediaType: "audio/ogg", extension: ".opus" },
};

/**
 * WAV, MP3, FLAC, Ogg (Vorbis, Opus, FLAC) and WebM (Opus) in, of which the first two seconds are read
 * as {@linkcode decodeSound} does; WAV out. Formats: `wav`, of 16 bits, rounded without dither and
 * clipped; `wav-float`, of 32 bits, exact; `opus`, Ogg Opus at 64 kbit/s. A description goes into the
 * WAV's comment (ICMT) or the Opus tag DESCRIPTION, in UTF-8.
 */
export const codec: Codec<Tensor> = {
  reads: ["audio/wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/webm"],
  writes: FORMATS.wav.mediaType,
  extension: FORMATS.wav.extension,
  formats: FORMATS,
  decode: (bytes) => decodeSound(bytes),
  encode: (sound, options) => new Promise((resolve) => resolve(encodeSound(sound, options))),
};

function encodeSound(
  sound: Tensor,
  { format = "wav", description }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  requireSound(sound, "write");
  if (!sound.data.every(Number.isFinite)) {
    throw new RangeError("Cannot write a sound: not all of its numbers are finite");
  }
  switch (format) {
    case "wav":
    case "wav-float":
      return writeWav(sound.data, SOUND_RATE, { float: format === "wav-float", description });
    case "opus":
      return writeOpus(sound.data, description);
  }
  throw new RangeError(
    `Cannot write a sound in the format "${format}": it takes ${Object.keys(FORMATS).join(", ")}`,
  );
}
