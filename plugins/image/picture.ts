import type { Tensor } from "@codi/core/tensor";

/** The side of a picture, in pixels. */
export const PICTURE_SIDE = 64;
/** The shape of a picture: [channels, height, width], red, green and blue in [−1, 1]. */
export const PICTURE_SHAPE: readonly [number, number, number] = [3, PICTURE_SIDE, PICTURE_SIDE];

/** Pictures side by side: [batch, 3, 64, 64]. @throws {RangeError} If one has another shape. */
export function pictureBatch(pictures: readonly Tensor[]): Tensor {
  const size = PICTURE_SHAPE.reduce((a, b) => a * b, 1);
  const data = new Float32Array(pictures.length * size);
  pictures.forEach((picture, index) => {
    if (picture.shape.join() !== PICTURE_SHAPE.join()) {
      throw new RangeError(
        `Cannot read a picture of shape [${picture.shape}]: it must be [${PICTURE_SHAPE}]`,
      );
    }
    data.set(picture.data, index * size);
  });
  return { shape: [pictures.length, ...PICTURE_SHAPE], data };
}

/** The pictures of a batch. */
export function splitPictures(batch: Tensor): Tensor[] {
  const count = batch.shape[0]!;
  const size = batch.data.length / count;
  return Array.from({ length: count }, (_, index) => ({
    shape: PICTURE_SHAPE,
    data: batch.data.slice(index * size, (index + 1) * size),
  }));
}
