import type { Codec, CodecFormat, EncodeOptions } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import sharp from "sharp";
import { requireClip } from "./clip.ts";
import { frameStrip } from "./frame_strip.ts";
import { readAnimation } from "./_read_animation.ts";
import { readContainer } from "./_read_container.ts";
import { unreadable } from "./_unreadable.ts";
import { SAMPLE_RATE } from "./_opus.ts";
import { writeAnimation } from "./_write_animation.ts";
import { writeWebm } from "./_write_webm.ts";

/** The most bytes of a file. */
const BYTE_LIMIT = 100_000_000;

/** The shape of a sound that lasts as long as a clip. */
const SOUND_SHAPE = [2 * SAMPLE_RATE];

/** Options of {@linkcode readClip}. */
export interface ReadClipOptions {
  /** The second of the file at which the clip begins. @default {0} */
  readonly start?: number;
}

const FORMATS = {
  webm: { mediaType: "video/webm", extension: ".webm" },
  gif: { mediaType: "image/gif", extension: ".gif" },
  webp: { mediaType: "image/webp", extension: ".webp" },
  strip: { mediaType: "image/png", extension: ".png" },
} as const satisfies Record<string, CodecFormat>;

/**
 * WebM in VP8 or VP9, animated GIF and animated WebP in; WebM, GIF, WebP or a strip of frames as PNG
 * out. MP4 and other codecs are read if the package `@mediabunny/server` is installed, which needs
 * access to the whole environment. Of a file the first two seconds are read, eight frames of each
 * second and of a frame the centre square; a shorter clip holds its last frame. A written frame has
 * 256×256 pixels, four by four alike, so that players show it sharp; the strip has 64×64. A WebM file
 * also keeps `beside.audio`, if that is a sound of [32000] samples at 16 kHz. A description goes into
 * the metadata; in GIF, WebP and PNG, characters beyond ASCII are written as in JSON, `\u` and four
 * digits.
 */
export const codec: Codec<Tensor> = {
  reads: ["video/webm", "video/x-matroska", "image/gif", "image/webp", "video/mp4"],
  writes: FORMATS.webm.mediaType,
  extension: FORMATS.webm.extension,
  formats: FORMATS,
  decode: (bytes) => readClip(bytes),
  encode: async (clip, { format = "webm", description, beside = {} }: EncodeOptions = {}) => {
    requireClip(clip, "write");
    if (!clip.data.every(Number.isFinite)) {
      throw new RangeError("Cannot write a clip: not all of its numbers are finite");
    }
    switch (format) {
      case "webm":
        return await writeWebm(clip, { description, sound: soundOf(beside["audio"]) });
      case "gif":
      case "webp":
        return await writeAnimation(clip, { format, description });
      case "strip":
        return await frameStrip(clip, description === undefined ? {} : { description });
    }
    throw new RangeError(
      `Cannot write a clip in the format "${format}": it takes ${Object.keys(FORMATS).join(", ")}`,
    );
  },
};

/**
 * A clip from a file's bytes, as {@linkcode codec} reads it, from any second on.
 *
 * @param bytes The whole file.
 * @param options Where the clip begins.
 * @returns [16, 3, 64, 64] in [−1, 1], at 8 frames per second.
 * @throws {SyntaxError} If the bytes are no clip that is read, or beyond the limits.
 * @throws {RangeError} If the file ends before the clip begins.
 *
 * @example The second half of a clip, and its last frame held
 * ```ts
 * import { readClip, video } from "@codi/video";
 * import { tensor } from "@codi/core/tensor";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const frames = Array.from({ length: 16 }, (_, frame) => frame / 8 - 1);
 * const clip = tensor(
 *   [16, 3, 64, 64],
 *   Float32Array.from(frames.flatMap((value) => new Array(3 * 64 * 64).fill(value))),
 * );
 * const half = await readClip(await video.codec.encode(clip), { start: 1 });
 * assertEquals(half.shape, [16, 3, 64, 64]);
 * assert(Math.abs(half.data[0]! - frames[8]!) < 0.02);
 * assert(Math.abs(half.data.at(-1)! - frames[15]!) < 0.02);
 * ```
 */
export async function readClip(
  bytes: Uint8Array,
  { start = 0 }: ReadClipOptions = {},
): Promise<Tensor> {
  if (bytes.length === 0) throw unreadable("the file is empty");
  if (bytes.length > BYTE_LIMIT) {
    throw unreadable(
      `its ${bytes.length} bytes are above the limit of ${BYTE_LIMIT / 1e6} megabytes`,
    );
  }
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (/^GIF8[79]a/.test(head) || /^RIFF[^]{4}WEBP/.test(head)) {
    return await readAnimation(bytes, start);
  }
  if (head.startsWith("\x1a\x45\xdf\xa3") || head.slice(4, 8) === "ftyp") {
    return await readContainer(bytes, start);
  }
  throw unreadable(
    await isPicture(bytes)
      ? "it is a picture that stands still; give it as an image prompt"
      : "it is nothing in WebM, GIF, WebP or MP4 format",
  );
}

/** The sound that goes into a clip's file, if there is one that fits. */
function soundOf(sample: unknown): Tensor | undefined {
  const { shape, data } = (sample ?? {}) as Partial<Tensor>;
  if (!(data instanceof Float32Array) || shape?.join() !== SOUND_SHAPE.join()) return undefined;
  if (data.length !== SOUND_SHAPE[0] || !data.every(Number.isFinite)) {
    throw new RangeError("Cannot write a clip: not all numbers of its sound are finite");
  }
  return { shape, data };
}

async function isPicture(bytes: Uint8Array): Promise<boolean> {
  try {
    return (await sharp(bytes, { limitInputPixels: false }).metadata()).width > 0;
  } catch {
    return false;
  }
}
