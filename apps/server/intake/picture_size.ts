import { hasNoLength } from "./_jpeg.ts";

/** What the header of a picture says. */
export interface PictureSize {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** Frames, of an animation. */
  readonly frames: number;
}

/**
 * The size of a PNG, JPEG, WebP or GIF file by its header; nothing is decoded.
 *
 * @param bytes The file.
 * @param mediaType Which of them it is.
 * @returns Its size.
 * @throws {SyntaxError} If the header is damaged.
 */
export function pictureSize(bytes: Uint8Array, mediaType: string): PictureSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = READERS[mediaType]!(view);
    if (size.width > 0 && size.height > 0 && size.frames > 0) return size;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
  }
  throw new SyntaxError("Cannot read a picture: its header is damaged");
}

/** The name of a PNG file's first chunk. */
const IHDR = 0x49484452;

const READERS: Readonly<Record<string, (view: DataView) => PictureSize>> = {
  "image/png": pngSize,
  "image/jpeg": jpegSize,
  "image/webp": webpSize,
  "image/gif": gifSize,
};

function still(width: number, height: number): PictureSize {
  return { width, height, frames: 1 };
}

function pngSize(view: DataView): PictureSize {
  // Another chunk could say another size before it.
  if (view.getUint32(12) !== IHDR) throw new RangeError("no header");
  return still(view.getUint32(16), view.getUint32(20));
}

function jpegSize(view: DataView): PictureSize {
  for (let at = 2;;) {
    if (view.getUint8(at) !== 0xff) throw new RangeError("no marker");
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at++;
    else if (hasNoLength(marker)) at += 2;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return still(view.getUint16(at + 7), view.getUint16(at + 5));
    } else if (marker === 0xd9 || marker === 0xda) throw new RangeError("no frame");
    else at += 2 + view.getUint16(at + 2);
  }
}

function webpSize(view: DataView): PictureSize {
  const kind = String.fromCharCode(...[12, 13, 14, 15].map((at) => view.getUint8(at)));
  if (kind === "VP8 ") {
    return still(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  }
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return still(1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff));
  }
  if (kind !== "VP8X") throw new RangeError("no picture");
  const triple = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  const animated = (view.getUint8(20) & 2) !== 0;
  return { width: 1 + triple(24), height: 1 + triple(27), frames: animated ? 2 : 1 };
}

/** Counts frames by walking from block to block. */
function gifSize(view: DataView): PictureSize {
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  const table = (flags: number) => flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
  let frames = 0;
  let at = 13 + table(view.getUint8(10));
  const skipBlocks = () => {
    while (view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at++;
  };
  for (;;) {
    const kind = view.getUint8(at);
    if (kind === 0x3b) return { width, height, frames };
    if (kind === 0x21) {
      // Decoders take an application's block for one of eleven bytes, whatever it says.
      if (view.getUint8(at + 1) === 0xff && view.getUint8(at + 2) !== 11) {
        throw new RangeError("no application");
      }
      at += 2;
      skipBlocks();
    } else if (kind === 0x2c) {
      // A frame may not be larger than the screen it is drawn on.
      const right = view.getUint16(at + 1, true) + view.getUint16(at + 5, true);
      const bottom = view.getUint16(at + 3, true) + view.getUint16(at + 7, true);
      if (right > width || bottom > height) throw new RangeError("a frame lies outside");
      at += 10 + table(view.getUint8(at + 9)) + 1;
      skipBlocks();
      frames++;
    } else throw new RangeError("no block");
  }
}
