import decodeJpeg from "@jsquash/jpeg/decode.js";
import decodePng from "@jsquash/png/decode.js";
import encodePng from "@jsquash/png/encode.js";
import decodeWebp from "@jsquash/webp/decode.js";
import gifenc from "gifenc";
import omggif from "omggif";
import { isWholeJpeg, jpegOrientation } from "./_jpeg.ts";
import { type Pixels, shrink, turn } from "./_pixels.ts";
import { type PictureSize, pictureSize } from "./picture_size.ts";

/** No network sees more: pictures are made this small before they go on. */
const MOST = 512;

/** Chunks of a PNG file that hold the picture itself; what else is in it is left out unread. */
const PNG_CHUNKS = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];

/**
 * Decodes a stranger's picture by wasm and JavaScript alone, and writes it anew: whatever else was in
 * the file is gone.
 *
 * @param bytes A PNG, JPEG, WebP or GIF file.
 * @param mediaType Which of them it is.
 * @returns A PNG or GIF file, and how many pixels the picture had.
 * @throws {Error} If it does not decode.
 */
export async function cleanPicture(
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; mediaType: string; sent: PictureSize }> {
  if (mediaType === "image/gif") {
    return { bytes: cleanGif(bytes), mediaType, sent: pictureSize(bytes, mediaType) };
  }
  const pixels = await decode(bytes, mediaType);
  const sent = { width: pixels.width, height: pixels.height, frames: 1 };
  const { data, width, height } = shrink(pixels, MOST);
  const image = { data: Uint8ClampedArray.from(data), width, height, colorSpace: "srgb" };
  const png = await encodePng(image as unknown as ImageData);
  return { bytes: new Uint8Array(png), mediaType: "image/png", sent };
}

async function decode(bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<Pixels> {
  const buffer = () => bytes.slice().buffer;
  switch (mediaType) {
    case "image/png":
      return bytesOf(await decodePng(essentialPng(bytes).buffer));
    case "image/webp":
      return bytesOf(await decodeWebp(buffer()));
    default: {
      if (!isWholeJpeg(bytes)) throw new SyntaxError("Cannot read a picture: it is cut short");
      const pixels = await decodeJpeg(buffer(), { preserveOrientation: false });
      return turn(bytesOf(pixels), jpegOrientation(bytes));
    }
  }
}

/** The decoders give bytes; the platform's type would allow other numbers, too. */
function bytesOf({ data, width, height }: ImageData): Pixels {
  return { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), width, height };
}

function essentialPng(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = new Uint8Array(bytes.length);
  kept.set(bytes.subarray(0, 8));
  let length = 8;
  for (let at = 8; at + 12 <= bytes.length;) {
    const size = 12 + view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + size > bytes.length) break;
    if (PNG_CHUNKS.includes(name)) {
      kept.set(bytes.subarray(at, at + size), length);
      length += size;
    }
    at += size;
    if (name === "IEND") break;
  }
  return kept.slice(0, length);
}

function cleanGif(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new omggif.GifReader(bytes as unknown as Buffer);
  const { width, height } = reader;
  const encoder = gifenc.GIFEncoder();
  let shown = new Uint8ClampedArray(4 * width * height);
  for (let frame = 0; frame < reader.numFrames(); frame++) {
    const { delay, disposal, x, y, width: w, height: h } = reader.frameInfo(frame);
    const before = disposal === 3 ? shown.slice() : undefined;
    reader.decodeAndBlitFrameRGBA(frame, shown);
    const small = shrink({ data: shown, width, height }, MOST);
    const palette = gifenc.quantize(small.data, 256);
    encoder.writeFrame(gifenc.applyPalette(small.data, palette), small.width, small.height, {
      palette,
      delay: 10 * delay,
    });
    if (before !== undefined) shown = before;
    else if (disposal === 2) {
      for (let row = y; row < y + h; row++) {
        shown.fill(0, 4 * (row * width + x), 4 * (row * width + x + w));
      }
    }
  }
  encoder.finish();
  return new Uint8Array(encoder.bytes());
}
