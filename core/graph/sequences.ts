/** Maps in order as sequences of equal pixels and back: ONNX nodes and gradients, in both layouts. */

import { shapeError } from "./shape.ts";
import { makeValue, type Value } from "./value.ts";

/**
 * Each pixel of consecutive maps as a sequence, for layers along their order.
 *
 * @param x [batch · length, channels, height, width]: the maps of a sequence one after another.
 * @param length How many maps make a sequence.
 * @returns [pixels · batch, length, channels]: all sequences of one pixel one after another.
 * @throws {RangeError} If the maps do not divide into sequences of that length.
 */
export function mapToSequences(x: Value, length: number): Value {
  if (x.shape.length !== 4) throw shapeError("mapToSequences", [x], "it must have four axes");
  const [maps, channels, height, width] = x.shape as [number, number, number, number];
  if (maps % length !== 0) {
    throw shapeError("mapToSequences", [x], `its maps do not divide into sequences of ${length}`);
  }
  const pixels = height * width;
  const shape = [(pixels * maps) / length, length, channels];
  return makeValue({
    operator: "mapToSequences",
    inputs: [x],
    outputs: [{ shape, dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input, layout, reshape }) => {
      if (layout === "written") {
        const flat = reshape(input(0), [maps, channels, pixels]);
        return reshape(emit("Transpose", [flat], { perm: [2, 0, 1] }), shape);
      }
      const flat = reshape(input(0), [channels, pixels * maps]);
      return reshape(emit("Transpose", [flat], { perm: [1, 0] }), shape);
    },
    gradient: ([dy]) => [sequencesToMap(dy!, height, width)],
  });
}

/**
 * Sequences as the pixels of maps, the inverse of {@linkcode mapToSequences}.
 *
 * @param sequences [height · width · batch, length, channels].
 * @param height The height of the maps.
 * @param width Their width.
 * @returns [batch · length, channels, height, width].
 * @throws {RangeError} If the sequences do not divide by the pixels.
 */
export function sequencesToMap(sequences: Value, height: number, width: number): Value {
  const [rows, length, channels] = sequences.shape as [number, number, number];
  const pixels = height * width;
  if (sequences.shape.length !== 3 || rows % pixels !== 0) {
    throw shapeError(
      "sequencesToMap",
      [sequences],
      `it must be [batch times ${pixels} pixels, length, channels]`,
    );
  }
  const maps = (rows / pixels) * length;
  return makeValue({
    operator: "sequencesToMap",
    inputs: [sequences],
    outputs: [{ shape: [maps, channels, height, width], dtype: "float32" }],
    // The small maps whose convolutions want it so.
    ...(pixels <= 64 && maps > 1 ? { layout: "batch-innermost" as const } : {}),
    lower: ({ emit, input, layout, reshape }) => {
      if (layout === "written") {
        const flat = reshape(input(0, "written"), [pixels, maps, channels]);
        const turned = emit("Transpose", [flat], { perm: [1, 2, 0] });
        return reshape(turned, [maps, channels, height, width]);
      }
      const flat = reshape(input(0, "written"), [pixels * maps, channels]);
      const turned = emit("Transpose", [flat], { perm: [1, 0] }); // [channels, pixels · maps]
      return reshape(turned, [channels, height, width, maps]);
    },
    gradient: ([dy]) => [mapToSequences(dy!, length)],
  });
}
