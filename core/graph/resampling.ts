/** Changing the resolution of maps: ONNX nodes and gradients, in both layouts. */

import { mul } from "./arithmetic.ts";
import { shapeError } from "./shape.ts";
import { makeValue, type Value } from "./value.ts";

function mapShape(operator: string, x: Value): [number, number, number, number] {
  if (x.shape.length !== 4) {
    throw shapeError(operator, [x], "it must have the axes [batch, channels, height, width]");
  }
  return x.shape as [number, number, number, number];
}

/** Doubles height and width, each pixel becoming four: [b, c, h, w] → [b, c, 2 · h, 2 · w]. */
export function upsampleNearest(x: Value): Value {
  const [batch, channels, height, width] = mapShape("upsampleNearest", x);
  return makeValue({
    operator: "upsampleNearest",
    inputs: [x],
    outputs: [{ shape: [batch, channels, 2 * height, 2 * width], dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input, layout, reshape, floats }) => {
      if (layout === "batch-innermost") {
        const pixels = reshape(input(0), [channels * height * width, 1, batch]);
        const wide = reshape(emit("Concat", [pixels, pixels], { axis: 1 }), [
          channels * height,
          1,
          2 * width * batch,
        ]);
        return reshape(emit("Concat", [wide, wide], { axis: 1 }), [
          channels,
          2 * height,
          2 * width,
          batch,
        ]);
      }
      // Columns are doubled by a product with a 0/1 matrix: far faster than copying single numbers.
      const double = new Float32Array(width * 2 * width);
      for (let column = 0; column < width; column++) {
        double[column * 2 * width + 2 * column] = 1;
        double[column * 2 * width + 2 * column + 1] = 1;
      }
      const rows = reshape(input(0), [batch * channels * height, width]);
      const wide = emit("MatMul", [rows, floats(double, [width, 2 * width])]);
      const lines = reshape(wide, [batch * channels * height, 1, 2 * width]);
      return reshape(emit("Concat", [lines, lines], { axis: 1 }), [
        batch,
        channels,
        2 * height,
        2 * width,
      ]);
    },
    gradient: ([dy]) => [mul(averagePool(dy!), 4)],
  });
}

/** Halves height and width, four pixels becoming their mean. @throws {RangeError} If either is odd. */
export function averagePool(x: Value): Value {
  const [batch, channels, height, width] = mapShape("averagePool", x);
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw shapeError("averagePool", [x], "height and width must be even");
  }
  return makeValue({
    operator: "averagePool",
    inputs: [x],
    outputs: [{ shape: [batch, channels, height / 2, width / 2], dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input, layout, reshape, integers }) =>
      layout === "batch-innermost"
        ? emit("ReduceMean", [
          reshape(input(0), [channels, height / 2, 2, width / 2, 2, batch]),
          integers([2, 4]),
        ], { keepdims: 0 })
        : emit("AveragePool", [input(0)], { kernel_shape: [2, 2], strides: [2, 2] }),
    gradient: ([dy]) => [mul(upsampleNearest(dy!), 0.25)],
  });
}

/**
 * Channels become pixels (Shi et al., 2016, equation 4).
 *
 * @param x [batch, channels · factor², height, width].
 * @param factor How much height and width grow.
 * @returns [batch, channels, height · factor, width · factor].
 * @throws {RangeError} If the channels are not a multiple of factor².
 */
export function pixelShuffle(x: Value, factor: number): Value {
  const [batch, depth, height, width] = mapShape("pixelShuffle", x);
  const channels = depth / (factor * factor);
  if (!Number.isInteger(channels)) {
    throw shapeError("pixelShuffle", [x], `its channels must be a multiple of ${factor * factor}`);
  }
  return makeValue({
    operator: "pixelShuffle",
    inputs: [x],
    outputs: [{ shape: [batch, channels, height * factor, width * factor], dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input, layout, reshape }) => {
      if (layout === "batch-innermost") {
        const parts = reshape(input(0), [channels, factor, factor, height, width, batch]);
        const moved = emit("Transpose", [parts], { perm: [0, 3, 1, 4, 2, 5] });
        return reshape(moved, [channels, height * factor, width * factor, batch]);
      }
      const parts = reshape(input(0), [batch, channels, factor, factor, height, width]);
      const moved = emit("Transpose", [parts], { perm: [0, 1, 4, 2, 5, 3] });
      return reshape(moved, [batch, channels, height * factor, width * factor]);
    },
    gradient: ([dy]) => [pixelUnshuffle(dy!, factor)],
  });
}

/**
 * Pixels become channels: the inverse of {@linkcode pixelShuffle}.
 *
 * @param x [batch, channels, height · factor, width · factor].
 * @param factor How much height and width shrink.
 * @returns [batch, channels · factor², height, width].
 * @throws {RangeError} If height or width is not a multiple of the factor.
 */
export function pixelUnshuffle(x: Value, factor: number): Value {
  const [batch, channels, fullHeight, fullWidth] = mapShape("pixelUnshuffle", x);
  const [height, width] = [fullHeight / factor, fullWidth / factor];
  if (!Number.isInteger(height) || !Number.isInteger(width)) {
    throw shapeError("pixelUnshuffle", [x], `height and width must be multiples of ${factor}`);
  }
  return makeValue({
    operator: "pixelUnshuffle",
    inputs: [x],
    outputs: [{ shape: [batch, channels * factor * factor, height, width], dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input, layout, reshape }) => {
      if (layout === "batch-innermost") {
        const parts = reshape(input(0), [channels, height, factor, width, factor, batch]);
        const moved = emit("Transpose", [parts], { perm: [0, 2, 4, 1, 3, 5] });
        return reshape(moved, [channels * factor * factor, height, width, batch]);
      }
      const parts = reshape(input(0), [batch, channels, height, factor, width, factor]);
      const moved = emit("Transpose", [parts], { perm: [0, 1, 3, 5, 2, 4] });
      return reshape(moved, [batch, channels * factor * factor, height, width]);
    },
    gradient: ([dy]) => [pixelShuffle(dy!, factor)],
  });
}
