import type { Tensor } from "@codi/core/tensor";
import sharp from "sharp";
import { FRAME_COUNT, FRAME_RATE, FRAME_SIDE } from "./clip.ts";
import { stackedFrames } from "./_clip_pixels.ts";
import { withComment } from "./_gif.ts";

/** Pixels are squares, as in WebM files. */
const SCALE = 4;
const SIDE = SCALE * FRAME_SIDE;

/** A clip as an animation that repeats for ever: GIF, in 256 colours, or WebP without loss. */
export async function writeAnimation(
  clip: Tensor,
  { format, description }: { format: "gif" | "webp"; description?: string | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp(stackedFrames(clip, SCALE), {
    raw: { width: SIDE, height: FRAME_COUNT * SIDE, channels: 3, pageHeight: SIDE },
  });
  if (format === "gif") {
    const gif = await image.gif({ delay: frameDelays(10), dither: 0, effort: 3, loop: 0 })
      .toBuffer();
    return description === undefined ? new Uint8Array(gif) : withComment(gif, toAscii(description));
  }
  if (description !== undefined) {
    image.withExif({ IFD0: { ImageDescription: toAscii(description) } });
  }
  return new Uint8Array(
    await image.webp({ lossless: true, delay: frameDelays(1), loop: 0 }).toBuffer(),
  );
}

/** How long each frame stays, in milliseconds, on a clock of certain ticks: never off by one. */
function frameDelays(tick: number): number[] {
  const start = (frame: number) => Math.round(frame * 1000 / FRAME_RATE / tick) * tick;
  return Array.from({ length: FRAME_COUNT }, (_, frame) => start(frame + 1) - start(frame));
}

/** Both keep nothing but ASCII; escaped like this, JSON stays the same JSON. */
export function toAscii(text: string): string {
  return text.replaceAll(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
