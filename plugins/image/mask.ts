import { type Tensor, tensor } from "@codi/core/tensor";
import { checkPictureFile, decodedPixels, type PictureSize, unreadable } from "./_picture_file.ts";
import { PICTURE_SIDE } from "./picture.ts";

/**
 * A mask of a picture from a file in any format that pictures are read from. White marks a part, black
 * and transparent leave it out; it is scaled and cut as the picture is.
 *
 * @param bytes The whole file of the mask.
 * @param picture The whole file of the picture, which has the same ratio of width to height.
 * @returns [64, 64] in [0, 1].
 * @throws {SyntaxError} If one of them cannot be read, or their ratios differ.
 */
export async function decodeMask(bytes: Uint8Array, picture: Uint8Array): Promise<Tensor> {
  const own = await checkPictureFile(bytes, "a mask");
  const other = await checkPictureFile(picture, "a picture");
  if (!alike(own, other)) {
    throw unreadable(
      "a mask",
      `it has ${sizeText(own)} pixels and the picture ${sizeText(other)}; make it ${
        sizeText(other)
      }, or as many times smaller or larger both ways`,
    );
  }
  const pixels = await decodedPixels(
    bytes,
    "a mask",
    (file) => file.flatten({ background: "#000000" }).greyscale().toColourspace("b-w"),
  );
  return tensor([PICTURE_SIDE, PICTURE_SIDE], Float32Array.from(pixels, (value) => value / 255));
}

/** Whether one is the other scaled, up to a pixel of the smaller one. */
function alike(one: PictureSize, other: PictureSize): boolean {
  const apart = Math.abs(one.width * other.height - one.height * other.width);
  return apart <= Math.max(one.width, one.height, other.width, other.height);
}

function sizeText({ width, height }: PictureSize): string {
  return `${width}×${height}`;
}

/**
 * Where the part that a mask marks lies in the latent: at each place that the mask marks at least half
 * of.
 *
 * @param mask [64, 64], 1 inside the part and 0 outside.
 * @param shape The latent's, [channels, side, side].
 * @returns The latent's shape, 1 inside the part and 0 outside.
 * @throws {RangeError} If the mask has another shape, or marks nothing.
 */
export function latentMask(mask: Tensor, shape: readonly [number, number, number]): Tensor {
  if (mask.shape.join() !== [PICTURE_SIDE, PICTURE_SIDE].join()) {
    throw new RangeError(
      `Cannot keep what a mask of shape [${mask.shape}] marks: it must be [${PICTURE_SIDE},${PICTURE_SIDE}], a number for each pixel`,
    );
  }
  const [, , side] = shape;
  const scale = PICTURE_SIDE / side;
  const marked = new Float32Array(side * side);
  mask.data.forEach((value, i) => {
    const [x, y] = [i % PICTURE_SIDE, Math.floor(i / PICTURE_SIDE)];
    marked[Math.floor(y / scale) * side + Math.floor(x / scale)]! += value;
  });
  const places = marked.map((sum) => sum >= scale * scale / 2 ? 1 : 0);
  if (!places.includes(1)) {
    throw new RangeError(
      `Cannot keep what the mask marks: it is nothing; white is kept, squares of ${scale}×${scale} of the ${PICTURE_SIDE}×${PICTURE_SIDE} pixels at least`,
    );
  }
  const result = tensor(shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = places[i % places.length]!;
  return result;
}
