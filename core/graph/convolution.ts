/** Two-dimensional convolution: ONNX nodes and gradients, in both layouts. */

import {
  type Geometry,
  isPointwise,
  isSame3x3,
  lowerForward,
  lowerInputGradient,
  lowerWeightGradient3x3,
  prefersInnermost,
} from "./_convolution_innermost.ts";
import { sum } from "./broadcasting.ts";
import { innermostAxis, type Lowering } from "./lowering.ts";
import { lowerMatmul } from "./matmul.ts";
import { product, shapeError } from "./shape.ts";
import { makeValue, type Value } from "./value.ts";

/** Options of a convolution. */
export interface Conv2dOptions {
  /** The step between outputs, in both directions. @default {1} */
  readonly stride?: number;
  /** Zeros added on every side; a pair gives those of height and width. @default {0} */
  readonly padding?: number | readonly [number, number];
  /** One number added per output channel, [filters]. */
  readonly bias?: Value;
}

/**
 * A two-dimensional convolution, without flipping the kernel.
 *
 * @param x [batch, channels, height, width].
 * @param weight [filters, channels, kernel height, kernel width].
 * @param options Stride, padding and bias.
 * @returns [batch, filters, out height, out width]; an out length is
 * ⌊(length + 2 · padding − kernel) / stride⌋ + 1.
 * @throws {RangeError} If the shapes do not fit each other.
 *
 * @example A 3×3 convolution that halves the map
 * ```ts
 * import { conv2d, input } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = input("weight", [8, 3, 3, 3]);
 * const y = conv2d(input("x", [1, 3, 16, 16]), weight, { stride: 2, padding: 1 });
 * assertEquals(y.shape, [1, 8, 8, 8]);
 * ```
 */
export function conv2d(x: Value, weight: Value, options: Conv2dOptions = {}): Value {
  const { bias } = options;
  const geometry = measure(x, weight, options);
  const { batch, filters, outHeight, outWidth } = geometry;
  return makeValue({
    operator: "conv2d",
    inputs: bias ? [x, weight, bias] : [x, weight],
    outputs: [{ shape: [batch, filters, outHeight, outWidth], dtype: "float32" }],
    ...preferredLayout(geometry),
    flops: countFlops(geometry),
    lower: (context) => {
      const { emit, input, layout, reshape } = context;
      if (layout === "written") {
        const inputs = [input(0), input(1), ...(bias ? [input(2)] : [])];
        return emit("Conv", inputs, convAttributes(geometry));
      }
      const y = lowerForward(context, input(0), input(1, "written"), geometry);
      return bias ? emit("Add", [y, reshape(input(2, "written"), [filters, 1, 1, 1])]) : y;
    },
    gradient: ([dy]) => [
      inputGradient(dy!, weight, geometry),
      weightGradient(dy!, x, geometry),
      ...(bias ? [sum(dy!, [0, 2, 3])] : []),
    ],
  });
}

function measure(x: Value, weight: Value, options: Conv2dOptions): Geometry {
  const { stride = 1, padding = 0, bias } = options;
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw shapeError("conv2d", [x, weight], "both must have four axes");
  }
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [filters, weightChannels, ...kernel] = weight.shape as [number, number, number, number];
  if (channels !== weightChannels) {
    throw shapeError("conv2d", [x, weight], `the weights read ${weightChannels} channels`);
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== filters)) {
    throw shapeError("conv2d", [x, weight, bias], `the bias must have shape [${filters}]`);
  }
  const pads: readonly [number, number] = typeof padding === "number"
    ? [padding, padding]
    : padding;
  const whole = [stride - 1, ...pads].every((count) => Number.isInteger(count) && count >= 0);
  const outHeight = Math.floor((height + 2 * pads[0] - kernel[0]) / stride) + 1;
  const outWidth = Math.floor((width + 2 * pads[1] - kernel[1]) / stride) + 1;
  if (!whole) {
    const remedy = `stride "${stride}" and padding "${padding}" must be whole, from 1 and 0`;
    throw shapeError("conv2d", [x, weight], remedy);
  }
  if (outHeight < 1 || outWidth < 1) {
    throw shapeError("conv2d", [x, weight], "the kernel is larger than the padded map");
  }
  const map = { batch, channels, height, width, filters, outHeight, outWidth };
  return { ...map, kernel, stride, padding: pads };
}

function preferredLayout(geometry: Geometry): { layout?: "batch-innermost" } {
  return prefersInnermost(geometry) ? { layout: "batch-innermost" } : {};
}

function countFlops({ batch, channels, filters, kernel, outHeight, outWidth }: Geometry): number {
  return 2 * batch * channels * filters * product(kernel) * outHeight * outWidth;
}

function convAttributes({ kernel, stride, padding }: Geometry): Record<string, number[]> {
  return {
    kernel_shape: [...kernel],
    strides: [stride, stride],
    pads: [...padding, ...padding],
  };
}

/** The gradient of a convolution's input. */
function inputGradient(dy: Value, weight: Value, geometry: Geometry): Value {
  const { batch, channels, height, width, kernel, stride, padding } = geometry;
  return makeValue({
    operator: "conv2dInputGradient",
    inputs: [dy, weight],
    outputs: [{ shape: [batch, channels, height, width], dtype: "float32" }],
    ...preferredLayout(geometry),
    flops: countFlops(geometry),
    lower: (context) => {
      const { emit, input, integers, layout } = context;
      const gradient = input(0);
      const kernels = input(1, "written");
      if (layout === "batch-innermost") {
        return lowerInputGradient(context, gradient, kernels, geometry);
      }
      const [padHeight, padWidth] = [kernel[0] - 1 - padding[0], kernel[1] - 1 - padding[1]];
      if (stride !== 1 || padHeight < 0 || padWidth < 0) {
        const { outHeight, outWidth } = geometry;
        return emit("ConvTranspose", [gradient, kernels], {
          ...convAttributes(geometry),
          output_padding: [
            height - ((outHeight - 1) * stride - 2 * padding[0] + kernel[0]),
            width - ((outWidth - 1) * stride - 2 * padding[1] + kernel[1]),
          ],
        });
      }
      // Faster: a convolution with the weights transposed and reversed in space.
      const transposed = emit("Transpose", [kernels], { perm: [1, 0, 2, 3] });
      const reversed = product(kernel) === 1 ? transposed : emit("Slice", [
        transposed,
        integers([kernel[0] - 1, kernel[1] - 1]),
        integers([-kernel[0] - 1, -kernel[1] - 1]),
        integers([2, 3]),
        integers([-1, -1]),
      ]);
      return emit("Conv", [gradient, reversed], {
        kernel_shape: [...kernel],
        pads: [padHeight, padWidth, padHeight, padWidth],
      });
    },
  });
}

/** The gradient of a convolution's weights: one large product with the batch innermost. */
function weightGradient(dy: Value, x: Value, geometry: Geometry): Value {
  const { batch, channels, height, width, filters, kernel } = geometry;
  const shape = [filters, channels, ...kernel];
  return makeValue({
    operator: "conv2dWeightGradient",
    inputs: [dy, x],
    outputs: [{ shape, dtype: "float32" }],
    flops: countFlops(geometry),
    lower: (context) => {
      const { emit, input, integers, reshape } = context;
      if (isPointwise(geometry) && !prefersInnermost(geometry)) {
        // [batch, filters, pixels] · [batch, channels, pixels]ᵀ, summed over the batch
        const perSample = lowerMatmul(
          context,
          [
            reshape(input(0), [batch, filters, height * width]),
            reshape(input(1), [batch, channels, height * width]),
          ],
          [3, 3],
          { transposeB: true },
        );
        const total = emit("ReduceSum", [perSample, integers([0])], { keepdims: 0 });
        return reshape(total, shape);
      }
      const gradient = input(0, "batch-innermost");
      const source = input(1, "batch-innermost");
      return isSame3x3(geometry)
        ? lowerWeightGradient3x3(context, gradient, source, geometry)
        : lowerWeightGradient(context, gradient, source, geometry);
    },
  });
}

/** The weight gradient of any geometry: every position of the kernel is a slice of the padded map. */
function lowerWeightGradient(
  context: Lowering,
  gradient: string,
  x: string,
  geometry: Geometry,
): string {
  const { emit, integers, reshape } = context;
  const { batch, channels, filters, kernel, stride, padding, outHeight, outWidth } = geometry;
  const columns = outHeight * outWidth * batch;
  const axes = integers([innermostAxis(2), innermostAxis(3)]);
  const padded = padding[0] === 0 && padding[1] === 0
    ? x
    : emit("Pad", [x, integers([...padding, ...padding]), "", axes]);
  const patches: string[] = [];
  for (let row = 0; row < kernel[0]; row++) {
    for (let column = 0; column < kernel[1]; column++) {
      const end = [row + (outHeight - 1) * stride + 1, column + (outWidth - 1) * stride + 1];
      const steps = integers([stride, stride]);
      patches.push(emit("Slice", [padded, integers([row, column]), integers(end), axes, steps]));
    }
  }
  const stacked = patches.length === 1 ? patches[0]! : emit("Concat", patches, { axis: 0 });
  const matrix = lowerMatmul(
    context,
    [
      reshape(gradient, [filters, columns]),
      reshape(stacked, [product(kernel) * channels, columns]),
    ],
    [2, 2],
    { transposeB: true },
  );
  return emit("Transpose", [reshape(matrix, [filters, ...kernel, channels])], {
    perm: [0, 3, 1, 2],
  });
}
