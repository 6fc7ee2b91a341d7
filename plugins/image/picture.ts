import { elementCount, requireShape, type Tensor } from "@codi/core/tensor";

/** The side of a picture, in pixels. */
export const PICTURE_SIDE = 64;
/** The shape of a picture: [channels, height, width], red, green and blue in [−1, 1]. */
export const PICTURE_SHAPE: readonly [number, number, number] = [3, PICTURE_SIDE, PICTURE_SIDE];

/**
 * Checks that a tensor is a picture.
 *
 * @param picture The tensor.
 * @param action What it is needed for, as messages say it.
 * @throws {RangeError} If its shape is not [3, 64, 64], it has another number of values, or is no tensor at all.
 */
export function requirePicture(picture: Tensor, action: string): void {
  requireShape(picture, PICTURE_SHAPE, `${action} a picture`);
}

/**
 * Pictures side by side.
 *
 * @param pictures Each [3, 64, 64].
 * @returns [batch, 3, 64, 64].
 * @throws {RangeError} If one has another shape.
 */
export function pictureBatch(pictures: readonly Tensor[]): Tensor {
  const size = elementCount(PICTURE_SHAPE);
  const data = new Float32Array(pictures.length * size);
  pictures.forEach((picture, index) => {
    requirePicture(picture, "read");
    data.set(picture.data, index * size);
  });
  return { shape: [pictures.length, ...PICTURE_SHAPE], data };
}

/**
 * The pictures of a batch.
 *
 * @param batch [batch, 3, 64, 64].
 * @returns Copies of [3, 64, 64] each.
 */
export function splitPictures(batch: Tensor): Tensor[] {
  const size = elementCount(PICTURE_SHAPE);
  return Array.from({ length: batch.shape[0]! }, (_, index) => ({
    shape: PICTURE_SHAPE,
    data: batch.data.slice(index * size, (index + 1) * size),
  }));
}
