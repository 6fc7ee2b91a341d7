/** Two-dimensional convolution: ONNX nodes and gradients, in both layouts. */

import { innermostAxis, type Lowering } from "./lowering.ts";
import { sum } from "./reduction.ts";
import { shapeError } from "./shape.ts";
import { makeValue, type Value } from "./value.ts";

/** Options of a convolution. */
export interface Conv2dOptions {
  /** The step between outputs, in both directions. @default {1} */
  readonly stride?: number;
  /** Zeros added on every side; a pair gives those of height and width. @default {0} */
  readonly padding?: number | readonly [number, number];
  /** One number added per output channel, [channels]. */
  readonly bias?: Value;
}

/** The lengths that say all about a convolution. */
interface Geometry {
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

/**
 * A convolution of x [batch, channels, height, width] with weights
 * [filters, channels, kernel height, kernel width].
 *
 * @returns [batch, filters, out height, out width].
 */
export function conv2d(x: Value, weight: Value, options: Conv2dOptions = {}): Value {
  const { stride = 1, padding = 0, bias } = options;
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw shapeError("conv2d", [x, weight], "both must have four axes");
  }
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [filters, weightChannels, kernelHeight, kernelWidth] = weight.shape as [number, number, number, number];
  if (channels !== weightChannels) {
    throw shapeError("conv2d", [x, weight], `the weights read ${weightChannels} channels, not ${channels}`);
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== filters)) {
    throw shapeError("conv2d", [x, weight, bias], `the bias must have shape [${filters}]`);
  }
  const pads: [number, number] = typeof padding === "number" ? [padding, padding] : [padding[0], padding[1]];
  const outHeight = Math.floor((height + 2 * pads[0] - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + 2 * pads[1] - kernelWidth) / stride) + 1;
  if (outHeight < 1 || outWidth < 1) {
    throw shapeError("conv2d", [x, weight], "the kernel is larger than the padded map");
  }
  const geometry: Geometry = {
    batch,
    channels,
    height,
    width,
    filters,
    kernel: [kernelHeight, kernelWidth],
    stride,
    padding: pads,
    outHeight,
    outWidth,
  };
  return makeValue({
    operator: "conv2d",
    inputs: bias ? [x, weight, bias] : [x, weight],
    outputs: [{ shape: [batch, filters, outHeight, outWidth], dtype: "float32" }],
    ...preferredLayout(geometry),
    lower: (context) =>
      context.layout === "batch-innermost"
        ? lowerInnermost(context, geometry, bias !== undefined)
        : context.emit(
          "Conv",
          [context.input(0), context.input(1), ...(bias ? [context.input(2)] : [])],
          convAttributes(geometry),
        ),
    gradient: ([dy]) => [
      inputGradient(dy!, weight, geometry),
      weightGradient(dy!, x, geometry),
      ...(bias ? [sum(dy!, [0, 2, 3])] : []),
    ],
  });
}

function convAttributes({ kernel, stride, padding }: Geometry): Record<string, number[]> {
  return {
    kernel_shape: [...kernel],
    strides: [stride, stride],
    pads: [padding[0], padding[1], padding[0], padding[1]],
  };
}

const is1x1 = ({ kernel, stride, padding }: Geometry): boolean =>
  kernel[0] === 1 && kernel[1] === 1 && stride === 1 && padding[0] === 0 && padding[1] === 0;

const isSame3x3 = ({ kernel, stride, padding }: Geometry): boolean =>
  kernel[0] === 3 && kernel[1] === 3 && stride === 1 && padding[0] === 1 && padding[1] === 1;

/** Small maps of a batch are faster as one large product with the batch innermost. */
function preferredLayout(geometry: Geometry): { layout?: "batch-innermost" } {
  const small = geometry.outHeight * geometry.outWidth <= 64 && geometry.batch > 1;
  return small && (is1x1(geometry) || isSame3x3(geometry)) ? { layout: "batch-innermost" } : {};
}

/** Moves [channels, height, width, batch] by `offset` along an axis; zeros come in. */
function shift(context: Lowering, name: string, axis: number, offset: number): string {
  if (offset === 0) return name;
  return context.emit("Pad", [
    name,
    context.integers([offset, -offset]),
    "",
    context.integers([axis]),
  ]);
}

/** Three copies of x [channels, height, width, batch] moved by +1, 0, −1 along an axis, stacked. */
function stackShifts(context: Lowering, name: string, axis: number, rows: number, columns: number): string {
  const shifted = [1, 0, -1].map((offset) => shift(context, name, axis, offset));
  return context.reshape(context.emit("Concat", shifted, { axis: 0 }), [3 * rows, columns]);
}

/** The sum of three stacked blocks, moved by the given offsets along an axis. */
function sumShifts(
  context: Lowering,
  stacked: string,
  shape: readonly [number, number, number, number],
  axis: number,
  offsets: readonly number[],
): string {
  const blocks = context.emitMany("Split", [
    context.reshape(stacked, [3 * shape[0], ...shape.slice(1)]),
    context.integers([shape[0], shape[0], shape[0]]),
  ], { axis: 0 }, 3);
  return context.emit("Sum", blocks.map((name, index) => shift(context, name, axis, offsets[index]!)));
}

/** Weights [filters, channels, 3, 3] as the matrix [3 rows × filters, 3 columns × channels]. */
function weightMatrix(context: Lowering, weight: string, { filters, channels }: Geometry): string {
  return context.reshape(
    context.emit("Transpose", [weight], { perm: [2, 0, 3, 1] }),
    [3 * filters, 3 * channels],
  );
}

/** The convolution with the batch innermost: shifts along the width, one product, shifts along the height. */
function lowerInnermost(context: Lowering, geometry: Geometry, biased: boolean): string {
  const { batch, channels, height, width, filters } = geometry;
  const columns = height * width * batch;
  const x = context.input(0);
  const weight = context.input(1, "written");
  const out: [number, number, number, number] = [filters, height, width, batch];
  let y: string;
  if (is1x1(geometry)) {
    const matrix = context.reshape(weight, [filters, channels]);
    y = context.reshape(context.emit("MatMul", [matrix, context.reshape(x, [channels, columns])]), out);
  } else {
    const stacked = stackShifts(context, x, 2, channels, columns);
    const product = context.emit("MatMul", [weightMatrix(context, weight, geometry), stacked]);
    y = sumShifts(context, product, out, 1, [1, 0, -1]);
  }
  if (!biased) return y;
  return context.emit("Add", [y, context.reshape(context.input(2, "written"), [filters, 1, 1, 1])]);
}

/** The gradient of a convolution's input. */
function inputGradient(dy: Value, weight: Value, geometry: Geometry): Value {
  const { batch, channels, height, width, filters, kernel, stride, padding } = geometry;
  return makeValue({
    operator: "conv2dInputGradient",
    inputs: [dy, weight],
    outputs: [{ shape: [batch, channels, height, width], dtype: "float32" }],
    ...preferredLayout(geometry),
    lower: (context) => {
      const name = context.input(1, "written");
      if (context.layout === "batch-innermost") return lowerInputGradientInnermost(context, geometry);
      if (stride !== 1) {
        const [outHeight, outWidth] = [geometry.outHeight, geometry.outWidth];
        return context.emit("ConvTranspose", [context.input(0), name], {
          ...convAttributes(geometry),
          output_padding: [
            height - ((outHeight - 1) * stride - 2 * padding[0] + kernel[0]),
            width - ((outWidth - 1) * stride - 2 * padding[1] + kernel[1]),
          ],
        });
      }
      // A convolution with the weights transposed and reversed in space.
      const transposed = context.emit("Transpose", [name], { perm: [1, 0, 2, 3] });
      const reversed = kernel[0] === 1 && kernel[1] === 1 ? transposed : context.emit("Slice", [
        transposed,
        context.integers([kernel[0] - 1, kernel[1] - 1]),
        context.integers([-kernel[0] - 1, -kernel[1] - 1]),
        context.integers([2, 3]),
        context.integers([-1, -1]),
      ]);
      const [padHeight, padWidth] = [kernel[0] - 1 - padding[0], kernel[1] - 1 - padding[1]];
      return context.emit("Conv", [context.input(0), reversed], {
        kernel_shape: [...kernel],
        pads: [padHeight, padWidth, padHeight, padWidth],
      });
    },
  });

  function lowerInputGradientInnermost(context: Lowering, { height, width }: Geometry): string {
    const columns = height * width * batch;
    const shape: [number, number, number, number] = [channels, height, width, batch];
    const name = context.input(1, "written");
    const gradient = context.input(0);
    if (is1x1(geometry)) {
      const matrix = context.reshape(name, [filters, channels]);
      const flat = context.reshape(gradient, [filters, columns]);
      return context.reshape(context.emitContrib("FusedMatMul", [matrix, flat], { transA: 1 }), shape);
    }
    const stacked = stackGradient(context, gradient, geometry);
    const product = context.emitContrib("FusedMatMul", [weightMatrix(context, name, geometry), stacked], {
      transA: 1,
    });
    return sumShifts(context, product, shape, 2, [-1, 0, 1]);
  }
}

/** The output's gradient moved along the height against the forward pass, stacked: both gradients read it. */
function stackGradient(context: Lowering, gradient: string, { filters, batch, outHeight, outWidth }: Geometry): string {
  const shifted = [-1, 0, 1].map((offset) => shift(context, gradient, 1, offset));
  return context.reshape(context.emit("Concat", shifted, { axis: 0 }), [
    3 * filters,
    outHeight * outWidth * batch,
  ]);
}

/** The gradient of a convolution's weights; with the batch innermost it is one large product. */
function weightGradient(dy: Value, x: Value, geometry: Geometry): Value {
  const { batch, channels, height, width, filters, kernel, stride, padding, outHeight, outWidth } = geometry;
  const shape = [filters, channels, ...kernel];
  return makeValue({
    operator: "conv2dWeightGradient",
    inputs: [dy, x],
    outputs: [{ shape, dtype: "float32" }],
    lower: (context) => {
      const columns = outHeight * outWidth * batch;
      if (is1x1(geometry) && preferredLayout(geometry).layout === undefined) {
        // [batch, filters, pixels] · [batch, channels, pixels]ᵀ, summed over the batch
        const perSample = context.emitContrib("FusedMatMul", [
          context.reshape(context.input(0), [batch, filters, height * width]),
          context.reshape(context.input(1), [batch, channels, height * width]),
        ], { transB: 1 });
        const total = context.emit("ReduceSum", [perSample, context.integers([0])], { keepdims: 0 });
        return context.reshape(total, shape);
      }
      const gradient = context.input(0, "batch-innermost");
      const source = context.input(1, "batch-innermost");
      if (isSame3x3(geometry)) {
        const product = context.emitContrib("FusedMatMul", [
          stackGradient(context, gradient, geometry),
          stackShifts(context, source, 2, channels, columns),
        ], { transB: 1 });
        return context.emit("Transpose", [context.reshape(product, [3, filters, 3, channels])], {
          perm: [1, 3, 0, 2],
        });
      }
      const padded = padding[0] === 0 && padding[1] === 0 ? source : context.emit("Pad", [
        source,
        context.integers([...padding, ...padding]),
        "",
        context.integers([innermostAxis(2), innermostAxis(3)]),
      ]);
      const patches: string[] = [];
      for (let row = 0; row < kernel[0]; row++) {
        for (let column = 0; column < kernel[1]; column++) {
          patches.push(context.emit("Slice", [
            padded,
            context.integers([row, column]),
            context.integers([row + (outHeight - 1) * stride + 1, column + (outWidth - 1) * stride + 1]),
            context.integers([innermostAxis(2), innermostAxis(3)]),
            context.integers([stride, stride]),
          ]));
        }
      }
      const stacked = patches.length === 1 ? patches[0]! : context.emit("Concat", patches, { axis: 0 });
      const product = context.emitContrib("FusedMatMul", [
        context.reshape(gradient, [filters, columns]),
        context.reshape(stacked, [kernel[0] * kernel[1] * channels, columns]),
      ], { transB: 1 });
      return context.emit("Transpose", [context.reshape(product, [filters, ...kernel, channels])], {
        perm: [0, 3, 1, 2],
      });
    },
  });
}
