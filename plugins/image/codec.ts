import type { Codec } from "@codi/core/modality";
import { elementCount, type Tensor } from "@codi/core/tensor";
import sharp from "sharp";
import { checkPictureFile, decodedPixels, READS } from "./_picture_file.ts";
import { decodeMask } from "./mask.ts";
import { PICTURE_SHAPE, PICTURE_SIDE, requirePicture } from "./picture.ts";

/**
 * PNG, JPEG, WebP, GIF, AVIF and TIFF in; PNG out. Of a picture the centre square is read, turned
 * upright, of an animation the first frame; transparent parts become white. A description goes into the
 * EXIF data, where characters beyond ASCII are written as in JSON, `\u` and four digits.
 */
export const codec: Codec<Tensor> = {
  reads: READS,
  writes: "image/png",
  extension: ".png",
  decode: async (bytes) => {
    await checkPictureFile(bytes, "a picture");
    const pixels = await decodedPixels(
      bytes,
      "a picture",
      (file) => file.flatten({ background: "#ffffff" }).toColourspace("srgb").removeAlpha(),
    );
    return fromPixels(pixels);
  },
  decodeMask,
  encode: async (picture, options = {}) => {
    requirePicture(picture, "write");
    if (!picture.data.every(Number.isFinite)) {
      throw new RangeError("Cannot write a picture: not all of its numbers are finite");
    }
    const image = sharp(toPixels(picture), {
      raw: { width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 3 },
    });
    if (options.description !== undefined) {
      image.withExif({ IFD0: { ImageDescription: toAscii(options.description) } });
    }
    return new Uint8Array(await image.png({ compressionLevel: 9 }).toBuffer());
  },
};

/** EXIF keeps nothing but ASCII; escaped like this, JSON stays the same JSON. */
function toAscii(text: string): string {
  return text.replaceAll(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Interleaved bytes, as decoders give them, as a picture.
 *
 * @param pixels Red, green and blue of each pixel, row by row: 64 · 64 · 3 bytes.
 * @returns [3, 64, 64] in [−1, 1].
 * @throws {RangeError} If there are not so many bytes.
 */
export function fromPixels(pixels: Uint8Array): Tensor {
  const data = new Float32Array(elementCount(PICTURE_SHAPE));
  if (pixels.length !== data.length) {
    throw new RangeError(
      `Cannot make a picture of ${pixels.length} bytes: it takes ${data.length}`,
    );
  }
  const plane = PICTURE_SIDE * PICTURE_SIDE;
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) {
      data[channel * plane + i] = pixels[3 * i + channel]! / 127.5 - 1;
    }
  }
  return { shape: PICTURE_SHAPE, data };
}

/**
 * A picture as interleaved bytes.
 *
 * @param picture [3, 64, 64] in [−1, 1]; what lies outside is clipped.
 * @returns Red, green and blue of each pixel, row by row.
 */
export function toPixels(picture: Tensor): Uint8Array<ArrayBuffer> {
  const plane = PICTURE_SIDE * PICTURE_SIDE;
  const pixels = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = (picture.data[channel * plane + i]! + 1) * 127.5;
      pixels[3 * i + channel] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
  return pixels;
}
