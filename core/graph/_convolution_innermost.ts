/**
 * Convolutions with the batch innermost, [channels, height, width, batch]: shifts along one axis are
 * long copies, so that three shifts, one large product and three more shifts make a 3×3 convolution.
 */

import type { Lowering } from "./lowering.ts";
import { lowerMatmul } from "./matmul.ts";

/** The lengths that say all about a convolution. */
export interface Geometry {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: readonly [number, number];
  readonly outHeight: number;
  readonly outWidth: number;
}

type MapShape = readonly [number, number, number, number];

/** Whether the convolution is a matrix product over the channels of each pixel. */
export function isPointwise({ kernel, stride, padding }: Geometry): boolean {
  return kernel[0] === 1 && kernel[1] === 1 && stride === 1 && padding[0] === 0 && padding[1] === 0;
}

/** Whether it is a 3×3 convolution that keeps the size of the map. */
export function isSame3x3({ kernel, stride, padding }: Geometry): boolean {
  return kernel[0] === 3 && kernel[1] === 3 && stride === 1 && padding[0] === 1 && padding[1] === 1;
}

/** Small maps of a batch are faster as one large product with the batch innermost. */
export function prefersInnermost(geometry: Geometry): boolean {
  const small = geometry.outHeight * geometry.outWidth <= 64 && geometry.batch > 1;
  return small && (isPointwise(geometry) || isSame3x3(geometry));
}

/** Moves [channels, height, width, batch] by `offset` along an axis; zeros come in. */
function shift({ emit, integers }: Lowering, name: string, axis: number, offset: number): string {
  if (offset === 0) return name;
  return emit("Pad", [name, integers([offset, -offset]), "", integers([axis])]);
}

/** Copies of a map moved by each offset along an axis, one after another: [3 · channels, pixels · batch]. */
function stack(
  context: Lowering,
  name: string,
  [channels, height, width, batch]: MapShape,
  axis: number,
  offsets: readonly number[],
): string {
  const shifted = offsets.map((offset) => shift(context, name, axis, offset));
  const joined = context.emit("Concat", shifted, { axis: 0 });
  return context.reshape(joined, [offsets.length * channels, height * width * batch]);
}

/** The sum of stacked blocks, each moved by its offset along an axis: the transpose of `stack`. */
function sumBlocks(
  context: Lowering,
  stacked: string,
  shape: MapShape,
  axis: number,
  offsets: readonly number[],
): string {
  const [channels, ...rest] = shape;
  const blocks = context.emitMany(
    "Split",
    [
      context.reshape(stacked, [offsets.length * channels, ...rest]),
      context.integers(offsets.map(() => channels)),
    ],
    { axis: 0 },
    offsets.length,
  );
  return context.emit(
    "Sum",
    blocks.map((name, index) => shift(context, name, axis, offsets[index]!)),
  );
}

/** Weights [filters, channels, 3, 3] as the matrix [3 rows × filters, 3 columns × channels]. */
function weightMatrix(context: Lowering, weight: string, { filters, channels }: Geometry): string {
  const turned = context.emit("Transpose", [weight], { perm: [2, 0, 3, 1] });
  return context.reshape(turned, [3 * filters, 3 * channels]);
}

function inputShape({ channels, height, width, batch }: Geometry): MapShape {
  return [channels, height, width, batch];
}

function outputShape({ filters, outHeight, outWidth, batch }: Geometry): MapShape {
  return [filters, outHeight, outWidth, batch];
}

/** Moves along the width and the height in the forward pass; gradients go the opposite way. */
const FORWARD = [1, 0, -1];
const BACKWARD = [-1, 0, 1];

/** x [channels, height, width, batch] → [filters, height, width, batch]. */
export function lowerForward(
  context: Lowering,
  x: string,
  weight: string,
  geometry: Geometry,
): string {
  const { batch, channels, height, width, filters } = geometry;
  const shape = outputShape(geometry);
  if (isPointwise(geometry)) {
    const matrix = context.reshape(weight, [filters, channels]);
    const flat = context.reshape(x, [channels, height * width * batch]);
    return context.reshape(context.emit("MatMul", [matrix, flat]), shape);
  }
  const stacked = stack(context, x, inputShape(geometry), 2, FORWARD);
  const product = context.emit("MatMul", [weightMatrix(context, weight, geometry), stacked]);
  return sumBlocks(context, product, shape, 1, FORWARD);
}

/** The gradient of the output → that of x. */
export function lowerInputGradient(
  context: Lowering,
  gradient: string,
  weight: string,
  geometry: Geometry,
): string {
  const { batch, channels, height, width, filters } = geometry;
  const shape = inputShape(geometry);
  const options = { transposeA: true };
  if (isPointwise(geometry)) {
    const matrix = context.reshape(weight, [filters, channels]);
    const flat = context.reshape(gradient, [filters, height * width * batch]);
    return context.reshape(lowerMatmul(context, [matrix, flat], [2, 2], options), shape);
  }
  const stacked = stack(context, gradient, outputShape(geometry), 1, BACKWARD);
  const matrix = weightMatrix(context, weight, geometry);
  const product = lowerMatmul(context, [matrix, stacked], [2, 2], options);
  return sumBlocks(context, product, shape, 2, BACKWARD);
}

/** The gradient of the output and x → that of the weights of a 3×3 convolution; shares both stacks. */
export function lowerWeightGradient3x3(
  context: Lowering,
  gradient: string,
  x: string,
  geometry: Geometry,
): string {
  const { channels, filters } = geometry;
  const product = lowerMatmul(
    context,
    [
      stack(context, gradient, outputShape(geometry), 1, BACKWARD),
      stack(context, x, inputShape(geometry), 2, FORWARD),
    ],
    [2, 2],
    { transposeB: true },
  );
  const blocks = context.reshape(product, [3, filters, 3, channels]);
  return context.emit("Transpose", [blocks], { perm: [1, 3, 0, 2] });
}
