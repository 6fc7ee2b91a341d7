/**
 * Convolutions with the batch innermost, [channels, height, width, batch]: shifts along one axis are
 * long copies, so that three shifts, one large product and three more shifts make a 3×3 convolution.
 */

import { moveRows } from "./_rows.ts";
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

/** The direction in which a pass reads its neighbours: the kernel's, or against it. */
type Direction = "forward" | "backward";

/** The neighbour that tap 0, 1 or 2 of a kernel reads, relative to the pixel itself. */
function neighbour(tap: number, direction: Direction): number {
  return direction === "forward" ? tap - 1 : 1 - tap;
}

/**
 * The neighbours along the width, one tap after another: [3 · channels, pixels · batch]. One gather of
 * whole rows of the batch, which the runtime spreads over its threads.
 */
function stackWidth(
  context: Lowering,
  name: string,
  [channels, height, width, batch]: MapShape,
  direction: Direction,
): string {
  const { emit, integers, reshape } = context;
  const padded = emit("Pad", [name, integers([1, 1]), "", integers([2])]);
  const places: number[] = [];
  for (let tap = 0; tap < 3; tap++) {
    for (let line = 0; line < channels * height; line++) {
      const start = line * (width + 2) + 1 + neighbour(tap, direction);
      for (let column = 0; column < width; column++) places.push(start + column);
    }
  }
  const rows = reshape(padded, [channels * height * (width + 2), batch]);
  const gathered = emit("Gather", [rows, integers(places)], { axis: 0 });
  return reshape(gathered, [3 * channels, height * width * batch]);
}

/**
 * Zeros and ones that pick, for each tap and line, the neighbouring line. The rows are (tap, line) to
 * stack neighbours; with (line, tap) the columns are (tap, neighbour), to sum what the taps have made.
 */
function lineMatrix(
  height: number,
  direction: Direction,
  row: (tap: number, line: number) => number,
): Float32Array {
  const matrix = new Float32Array(3 * height * height);
  for (let tap = 0; tap < 3; tap++) {
    for (let line = 0; line < height; line++) {
      const source = line + neighbour(tap, direction);
      if (source >= 0 && source < height) matrix[row(tap, line) * height + source] = 1;
    }
  }
  return matrix;
}

/** The neighbours along the height, the taps of a channel together: [3 · channels, pixels · batch]. */
function stackHeight(
  { emit, floats, reshape }: Lowering,
  name: string,
  [channels, height, width, batch]: MapShape,
  direction: Direction,
): string {
  const matrix = lineMatrix(height, direction, (tap, line) => tap * height + line);
  const lines = reshape(name, [channels, height, width * batch]);
  const stacked = emit("MatMul", [floats(matrix, [3 * height, height]), lines]);
  return reshape(stacked, [3 * channels, height * width * batch]);
}

/** Each line the sum of what every tap made of its neighbour: [3 · channels, …] → a map. */
function sumHeight(
  { emit, floats, reshape }: Lowering,
  name: string,
  shape: MapShape,
  direction: Direction,
): string {
  const [channels, height, width, batch] = shape;
  const matrix = lineMatrix(height, direction, (tap, line) => line * 3 + tap);
  const taps = reshape(name, [channels, 3 * height, width * batch]);
  return reshape(emit("MatMul", [floats(matrix, [height, 3 * height]), taps]), shape);
}

function inputShape({ channels, height, width, batch }: Geometry): MapShape {
  return [channels, height, width, batch];
}

function outputShape({ filters, outHeight, outWidth, batch }: Geometry): MapShape {
  return [filters, outHeight, outWidth, batch];
}

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
  const stacked = stackWidth(context, x, inputShape(geometry), "forward");
  // Rows by filter and line, columns by column and channel.
  const taps = context.emit("Transpose", [context.reshape(weight, [filters * channels, 9])], {
    perm: [1, 0],
  });
  const rows = moveRows(context, context.reshape(taps, [9 * filters, channels]), filters, 9);
  const matrix = context.reshape(rows, [3 * filters, 3 * channels]);
  return sumHeight(context, context.emit("MatMul", [matrix, stacked]), shape, "forward");
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
  const stacked = stackWidth(context, gradient, outputShape(geometry), "backward");
  // [filters · channels · 3, 3] → rows by column and filter, columns by channel and line
  const taps = context.reshape(weight, [filters * channels * 3, 3]);
  const matrix = context.reshape(context.emit("Transpose", [taps], { perm: [1, 0] }), [
    3 * filters,
    3 * channels,
  ]);
  const product = lowerMatmul(context, [matrix, stacked], [2, 2], options);
  return sumHeight(context, product, shape, "backward");
}

/** The gradient of the output and x → that of the weights of a 3×3 convolution. */
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
      stackHeight(context, gradient, outputShape(geometry), "backward"),
      stackWidth(context, x, inputShape(geometry), "forward"), // the forward pass's
    ],
    [2, 2],
    { transposeB: true },
  );
  const rows = moveRows(context, context.reshape(product, [filters * 9, channels]), 9, filters);
  // [9, filters · channels] turned by a product with the identity: the runtime's own way is far slower.
  const identity = Float32Array.from({ length: 81 }, (_, place) => (place % 10 === 0 ? 1 : 0));
  const taps = context.reshape(rows, [9, filters * channels]);
  const turned = lowerMatmul(context, [taps, context.floats(identity, [9, 9])], [2, 2], {
    transposeA: true,
  });
  return context.reshape(turned, [filters, channels, 3, 3]);
}
