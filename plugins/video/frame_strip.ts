import type { Tensor } from "@codi/core/tensor";
import sharp from "sharp";
import { FRAME_COUNT, FRAME_SIDE, requireClip } from "./clip.ts";
import { stackedFrames } from "./_clip_pixels.ts";
import { toAscii } from "./_write_animation.ts";

/** Options of {@linkcode frameStrip}. */
export interface FrameStripOptions {
  /** Kept in the picture's EXIF data. */
  readonly description?: string;
}

/**
 * A clip's frames side by side, as one PNG picture.
 *
 * @param clip [16, 3, 64, 64] in [−1, 1]; what lies outside is clipped.
 * @param options What to keep in the file beside it.
 * @returns The whole file: 1024×64 pixels, the first frame at the left.
 * @throws {RangeError} If it has another shape.
 *
 * @example A grey clip
 * ```ts
 * import { frameStrip } from "@codi/video";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const png = await frameStrip(tensor([16, 3, 64, 64]));
 * assertEquals(new DataView(png.buffer).getUint32(16), 1024); // its width
 * ```
 */
export async function frameStrip(
  clip: Tensor,
  options: FrameStripOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  requireClip(clip, "write");
  const stack = stackedFrames(clip);
  const line = FRAME_SIDE * 3;
  const strip = new Uint8Array(stack.length);
  for (let row = 0; row < FRAME_COUNT * FRAME_SIDE; row++) {
    const [frame, y] = [Math.floor(row / FRAME_SIDE), row % FRAME_SIDE];
    strip.set(stack.subarray(row * line, (row + 1) * line), (y * FRAME_COUNT + frame) * line);
  }
  const image = sharp(strip, {
    raw: { width: FRAME_COUNT * FRAME_SIDE, height: FRAME_SIDE, channels: 3 },
  });
  if (options.description !== undefined) {
    image.withExif({ IFD0: { ImageDescription: toAscii(options.description) } });
  }
  return new Uint8Array(await image.png({ compressionLevel: 9 }).toBuffer());
}
