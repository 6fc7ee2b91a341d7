import sharp from "sharp";
import { FRAME_SIDE } from "./clip.ts";

/** How a frame is shown. */
export interface FrameGeometry {
  /** Width and height in square pixels, before it is turned. */
  readonly shown: readonly [width: number, height: number];
  /** Degrees, clockwise. */
  readonly rotation: number;
}

/** The centre square of a frame, upright: red, green and blue of 64×64 pixels. */
export async function fitFrame(
  pixels: Uint8Array,
  [width, height]: readonly [width: number, height: number],
  { shown, rotation }: FrameGeometry,
): Promise<Uint8Array> {
  const side = Math.min(...shown);
  const crop = [width, height].map((length, axis) =>
    Math.max(1, Math.min(length, Math.round(length * side / shown[axis]!)))
  );
  const image = sharp(pixels, {
    raw: { width, height, channels: pixels.length === 4 * width * height ? 4 : 3 },
  });
  return await image.removeAlpha().extract({
    left: Math.floor((width - crop[0]!) / 2),
    top: Math.floor((height - crop[1]!) / 2),
    width: crop[0]!,
    height: crop[1]!,
  }).resize(FRAME_SIDE, FRAME_SIDE, { fit: "fill", kernel: "lanczos3" }).rotate(rotation)
    .raw().toBuffer();
}
