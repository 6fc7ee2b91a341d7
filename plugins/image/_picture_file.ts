import sharp, { type Metadata, type Sharp } from "sharp";
import { PICTURE_SIDE } from "./picture.ts";

/** The most pixels a picture may have before it is decoded. */
const PIXEL_LIMIT = 50_000_000;

/** The media types that are read. */
export const READS: readonly string[] = [
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "image/avif",
  "image/tiff",
];
const FORMATS = "PNG, JPEG, WebP, GIF, AVIF or TIFF format";

/** What a file is to be, as messages say it. */
export type Purpose = "a picture" | "a mask";

/** Width and height in pixels, upright. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Looks at format and size before anything is decoded.
 *
 * @param bytes The whole file.
 * @param what What it is to be.
 * @returns Its size.
 * @throws {SyntaxError} If it is nothing that is read, or too large.
 */
export async function checkPictureFile(bytes: Uint8Array, what: Purpose): Promise<PictureSize> {
  if (bytes.length === 0) throw unreadable(what, "the file is empty");
  let header: Metadata;
  try {
    header = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    const reason = reasonOf(cause);
    throw unreadable(
      what,
      reason.includes("unsupported image format")
        ? `it is nothing in ${FORMATS}`
        : `the file is damaged (${reason})`,
      cause,
    );
  }
  const { format, mediaType = "", width, height, autoOrient } = header;
  if (!READS.includes(mediaType)) {
    throw unreadable(what, `it is "${format}", not in ${FORMATS}`);
  }
  if (width * height > PIXEL_LIMIT) {
    throw unreadable(
      what,
      `its ${width}×${height} pixels are above the ${PIXEL_LIMIT / 1e6}-megapixel limit`,
    );
  }
  return { width: autoOrient.width, height: autoOrient.height };
}

/**
 * The pixels of the centre square, upright, of an animation those of the first frame.
 *
 * @param bytes A file that has been looked at.
 * @param what What it is to be.
 * @param colours How its colours are read.
 * @returns Interleaved bytes, row by row, of 64×64 pixels.
 * @throws {SyntaxError} If it is damaged.
 */
export async function decodedPixels(
  bytes: Uint8Array,
  what: Purpose,
  colours: (file: Sharp) => Sharp,
): Promise<Uint8Array> {
  try {
    const file = sharp(bytes, { limitInputPixels: PIXEL_LIMIT, failOn: "error" }).autoOrient();
    return await colours(file)
      .resize(PICTURE_SIDE, PICTURE_SIDE, { fit: "cover", kernel: "lanczos3" })
      .raw().toBuffer();
  } catch (cause) {
    throw unreadable(what, `the file is damaged (${reasonOf(cause)})`, cause);
  }
}

/** An error that says what cannot be read, and why. */
export function unreadable(what: Purpose, reason: string, cause?: unknown): SyntaxError {
  return new SyntaxError(`Cannot read ${what}: ${reason}`, { cause });
}

/** The first line of a library's complaint. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split("\n")[0]!.trim().replace(/[:.]$/, "");
}
