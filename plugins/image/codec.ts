import type { Codec } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import sharp from "sharp";
import { PICTURE_SHAPE, PICTURE_SIDE } from "./picture.ts";

/** The most pixels a picture may have before it is decoded. */
const PIXEL_LIMIT = 50_000_000;

/** PNG, JPEG, WebP, GIF, AVIF and TIFF in; PNG out. */
export const codec: Codec<Tensor> = {
  reads: ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/tiff"],
  writes: "image/png",
  extension: ".png",
  decode: async (bytes) => {
    try {
      // The centre square; transparent parts become white.
      const { data } = await sharp(bytes, { limitInputPixels: PIXEL_LIMIT, failOn: "error" })
        .rotate().flatten({ background: "#ffffff" }).toColourspace("srgb").removeAlpha()
        .resize(PICTURE_SIDE, PICTURE_SIDE, { fit: "cover", kernel: "lanczos3" })
        .raw().toBuffer({ resolveWithObject: true });
      return fromPixels(data);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SyntaxError(`Cannot read a picture: ${reason}`, { cause });
    }
  },
  encode: async (picture, options = {}) => {
    const image = sharp(toPixels(picture), {
      raw: { width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 3 },
    });
    if (options.description !== undefined) {
      image.withExif({ IFD0: { ImageDescription: options.description } });
    }
    return new Uint8Array(await image.png({ compressionLevel: 9 }).toBuffer());
  },
};

/** Interleaved bytes, as decoders give them, to [3, 64, 64] in [−1, 1]. */
export function fromPixels(pixels: Uint8Array): Tensor {
  const plane = PICTURE_SIDE * PICTURE_SIDE;
  const data = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) {
      data[channel * plane + i] = pixels[3 * i + channel]! / 127.5 - 1;
    }
  }
  return { shape: PICTURE_SHAPE, data };
}

/** [3, 64, 64] in [−1, 1] to interleaved bytes; what lies outside is clipped. */
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
