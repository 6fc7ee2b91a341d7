/** Maps as sequences of tokens and back: ONNX nodes and gradients, in both layouts. */

import { moveRows } from "./_rows.ts";
import { shapeError } from "./shape.ts";
import { makeValue, type Value } from "./value.ts";

/**
 * The pixels of a map as tokens.
 *
 * @param x [batch, channels, height, width].
 * @returns [batch, height · width, channels].
 */
export function mapToTokens(x: Value): Value {
  if (x.shape.length !== 4) throw shapeError("mapToTokens", [x], "it must have four axes");
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const pixels = height * width;
  return makeValue({
    operator: "mapToTokens",
    inputs: [x],
    outputs: [{ shape: [batch, pixels, channels], dtype: "float32" }],
    layout: "any",
    lower: (context) => {
      const { emit, input, layout, reshape } = context;
      if (layout === "written") {
        const flat = reshape(input(0), [batch, channels, pixels]);
        return emit("Transpose", [flat], { perm: [0, 2, 1] });
      }
      // A transpose of two axes and whole rows moved: far faster than turning three axes around.
      const flat = reshape(input(0), [channels, pixels * batch]);
      const rows = emit("Transpose", [flat], { perm: [1, 0] }); // [pixels · batch, channels]
      const moved = moveRows(context, rows, batch, pixels);
      return reshape(moved, [batch, pixels, channels]);
    },
    gradient: ([dy]) => [tokensToMap(dy!, height, width)],
  });
}

/**
 * Tokens as the pixels of a map, the inverse of {@linkcode mapToTokens}.
 *
 * @param tokens [batch, height · width, channels].
 * @returns [batch, channels, height, width].
 */
export function tokensToMap(tokens: Value, height: number, width: number): Value {
  const [batch, pixels, channels] = tokens.shape as [number, number, number];
  if (tokens.shape.length !== 3 || pixels !== height * width) {
    throw shapeError("tokensToMap", [tokens], `it must be [batch, ${height * width}, channels]`);
  }
  return makeValue({
    operator: "tokensToMap",
    inputs: [tokens],
    outputs: [{ shape: [batch, channels, height, width], dtype: "float32" }],
    // The small maps whose convolutions want it so.
    ...(pixels <= 64 && batch > 1 ? { layout: "batch-innermost" as const } : {}),
    lower: (context) => {
      const { emit, input, layout, reshape } = context;
      if (layout === "written") {
        const turned = emit("Transpose", [input(0, "written")], { perm: [0, 2, 1] });
        return reshape(turned, [batch, channels, height, width]);
      }
      const rows = reshape(input(0, "written"), [batch * pixels, channels]);
      const moved = moveRows(context, rows, pixels, batch);
      const flat = emit("Transpose", [moved], { perm: [1, 0] }); // [channels, pixels · batch]
      return reshape(flat, [channels, height, width, batch]);
    },
    gradient: ([dy]) => [mapToTokens(dy!)],
  });
}
