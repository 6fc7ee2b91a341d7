import { elementCount, requireShape, type Tensor } from "@codi/core/tensor";

/** The number of frames of a clip. */
export const FRAME_COUNT = 16;
/** Frames per second. */
export const FRAME_RATE = 8;
/** The side of a frame, in pixels. */
export const FRAME_SIDE = 64;
/** The shape of a frame: [channels, height, width], red, green and blue in [−1, 1]. */
export const FRAME_SHAPE: readonly [number, number, number] = [3, FRAME_SIDE, FRAME_SIDE];
/** The shape of a clip of two seconds: [frames, channels, height, width], in [−1, 1]. */
export const CLIP_SHAPE: readonly [number, number, number, number] = [FRAME_COUNT, ...FRAME_SHAPE];

/**
 * Checks that a tensor is a clip.
 *
 * @param clip The tensor.
 * @param action What it is needed for, as messages say it.
 * @throws {RangeError} If its shape is not [16, 3, 64, 64], it has another number of values, or is no tensor at all.
 */
export function requireClip(clip: Tensor, action: string): void {
  requireShape(clip, CLIP_SHAPE, `${action} a clip`);
}

/**
 * Clips side by side.
 *
 * @param clips Each [16, 3, 64, 64].
 * @returns [batch, 16, 3, 64, 64].
 * @throws {RangeError} If one has another shape.
 */
export function clipBatch(clips: readonly Tensor[]): Tensor {
  const size = elementCount(CLIP_SHAPE);
  const data = new Float32Array(clips.length * size);
  clips.forEach((clip, index) => {
    requireClip(clip, "read");
    data.set(clip.data, index * size);
  });
  return { shape: [clips.length, ...CLIP_SHAPE], data };
}

/**
 * The clips of a batch.
 *
 * @param batch [batch, 16, 3, 64, 64], or the frames of all clips on one axis: [batch · 16, 3, 64, 64].
 * @returns Copies of [16, 3, 64, 64] each.
 * @throws {RangeError} If it holds no whole number of clips.
 */
export function splitClips(batch: Tensor): Tensor[] {
  const size = elementCount(CLIP_SHAPE);
  const tail = batch.shape.slice(-3).join();
  if (tail !== FRAME_SHAPE.join() || batch.data.length % size !== 0) {
    throw new RangeError(
      `Cannot split a batch of shape [${batch.shape}] into clips: it must be [batch, ${CLIP_SHAPE}]`,
    );
  }
  return Array.from({ length: batch.data.length / size }, (_, index) => ({
    shape: CLIP_SHAPE,
    data: batch.data.slice(index * size, (index + 1) * size),
  }));
}
