import { elementCount, type Tensor } from "@codi/core/tensor";
import { CLIP_SHAPE, FRAME_COUNT, FRAME_SIDE } from "./clip.ts";

const PLANE = FRAME_SIDE * FRAME_SIDE;

/** A clip from its frames as decoders give them: red, green and blue of each pixel, row by row. */
export function fromFrames(frames: readonly Uint8Array[]): Tensor {
  const data = new Float32Array(elementCount(CLIP_SHAPE));
  frames.forEach((pixels, frame) => {
    for (let i = 0; i < PLANE; i++) {
      for (let channel = 0; channel < 3; channel++) {
        data[(3 * frame + channel) * PLANE + i] = pixels[3 * i + channel]! / 127.5 - 1;
      }
    }
  });
  return { shape: CLIP_SHAPE, data };
}

/** A clip's frames one below the other, every pixel `scale` pixels wide and high; clipped. */
export function stackedFrames(clip: Tensor, scale = 1): Uint8Array<ArrayBuffer> {
  const width = FRAME_SIDE * scale;
  const stack = new Uint8Array(FRAME_COUNT * width * width * 3);
  for (let row = 0; row < FRAME_COUNT * FRAME_SIDE; row++) {
    const frame = Math.floor(row / FRAME_SIDE);
    const line = stack.subarray(row * scale * width * 3, (row * scale + 1) * width * 3);
    for (let channel = 0; channel < 3; channel++) {
      const from = (3 * frame + channel) * PLANE + (row % FRAME_SIDE) * FRAME_SIDE;
      for (let x = 0; x < width; x++) {
        const value = (clip.data[from + Math.floor(x / scale)]! + 1) * 127.5;
        line[3 * x + channel] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
    for (let copy = 1; copy < scale; copy++) {
      stack.set(line, (row * scale + copy) * width * 3);
    }
  }
  return stack;
}
