import type { Tensor } from "@codi/core/tensor";
import sharp, { type Metadata } from "sharp";
import { FRAME_SIDE } from "./clip.ts";
import { fromFrames } from "./_clip_pixels.ts";
import { isWholeGif } from "./_gif.ts";
import { framesShown, requireStart } from "./_timeline.ts";
import { damaged, unreadable } from "./_unreadable.ts";

/** The most pixels that the frames which are read may have together. */
const PIXEL_LIMIT = 250_000_000;
const FRAME_LIMIT = 10_000;

/** Browsers show frames that claim to last next to nothing this long, in milliseconds. */
const SLOWED = 100;

/** A clip from an animated GIF or WebP file. */
export async function readAnimation(bytes: Uint8Array, start: number): Promise<Tensor> {
  if (bytes[0] === 0x47 && !isWholeGif(bytes)) {
    throw unreadable("the file is damaged (its blocks break off)");
  }
  const { pages = 1, delay = [], width, pageHeight, height } = await headerOf(bytes);
  if (pages < 2) {
    throw unreadable("it is a picture that stands still; give it as an image prompt");
  }
  if (pages > FRAME_LIMIT) {
    throw unreadable(`its ${pages} frames are above the limit of ${FRAME_LIMIT}`);
  }
  const begins = [0];
  for (let page = 0; page < pages; page++) {
    const milliseconds = delay[page] ?? 0;
    begins.push(begins[page]! + (milliseconds > 10 ? milliseconds : SLOWED) / 1000);
  }
  requireStart(start, begins.pop()!);
  const shown = framesShown(begins, start);
  const first = shown[0]!;
  const count = shown.at(-1)! - first + 1;
  const pixels = width * (pageHeight ?? height) * count;
  if (pixels > PIXEL_LIMIT) {
    throw unreadable(
      `its ${count} frames of ${width}×${pageHeight ?? height} are above the ${
        PIXEL_LIMIT / 1e6
      }-megapixel limit`,
    );
  }
  try {
    const stack = await sharp(bytes, {
      page: first,
      pages: count,
      limitInputPixels: PIXEL_LIMIT,
      failOn: "error",
    }).flatten({ background: "#ffffff" }).toColourspace("srgb").removeAlpha()
      .resize(FRAME_SIDE, FRAME_SIDE, { fit: "cover", kernel: "lanczos3" }).raw().toBuffer();
    const size = FRAME_SIDE * FRAME_SIDE * 3;
    return fromFrames(
      shown.map((page) => stack.subarray((page - first) * size, (page - first + 1) * size)),
    );
  } catch (cause) {
    throw damaged(cause);
  }
}

async function headerOf(bytes: Uint8Array): Promise<Metadata> {
  try {
    return await sharp(bytes, { limitInputPixels: false, pages: -1 }).metadata();
  } catch (cause) {
    throw damaged(cause);
  }
}
