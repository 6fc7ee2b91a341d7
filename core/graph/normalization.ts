/** Group and layer normalisation: ONNX nodes and gradients. */

import { add, div, maximum, mul, sub } from "./arithmetic.ts";
import { withGradient } from "./gradient.ts";
import { sqrt } from "./pointwise.ts";
import { sum, sumTo } from "./broadcasting.ts";
import { mean } from "./reduction.ts";
import { shapeError } from "./shape.ts";
import { reshape } from "./structure.ts";
import { makeNode, makeValue, type Value } from "./value.ts";

/** The mean over each group's channels and pixels: [batch, channels, ...] → [batch, groups]. */
function groupMean(x: Value, groups: number): Value {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const count = (channels / groups) * height * width;
  return makeValue({
    operator: "groupMean",
    inputs: [x],
    outputs: [{ shape: [batch, groups], dtype: "float32" }],
    layout: "any",
    lower: ({ emit, input, integers, layout, reshape: view }) => {
      if (layout === "batch-innermost") {
        const means = emit("ReduceMean", [view(input(0), [groups, count, batch]), integers([1])], {
          keepdims: 0,
        });
        return emit("Transpose", [means], { perm: [1, 0] });
      }
      return emit("ReduceMean", [view(input(0), [batch, groups, count]), integers([2])], {
        keepdims: 0,
      });
    },
  });
}

/** Options of a normalisation. */
export interface NormalizationOptions {
  /** Added to the variance. @default {1e-5} */
  readonly epsilon?: number;
}

/**
 * Group normalisation (Wu and He, 2018, equation 7): zero mean and unit variance over each group of
 * channels and all pixels, then a scale and a shift per channel. Those may differ by sample, which is
 * how a time embedding modulates them at no extra pass over the map.
 *
 * @param x [batch, channels, height, width].
 * @param groups How many groups the channels are cut into.
 * @param scale [channels], or [batch, channels].
 * @param shift As `scale`.
 * @param options What is added to the variance.
 * @returns The shape of x.
 * @throws {RangeError} If the shapes do not fit, or the groups do not divide the channels.
 */
export function groupNorm(
  x: Value,
  groups: number,
  scale: Value,
  shift: Value,
  options: NormalizationOptions = {},
): Value {
  if (x.shape.length !== 4) throw shapeError("groupNorm", [x], "it must have four axes");
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  if (channels % groups !== 0) {
    throw shapeError(
      "groupNorm",
      [x],
      `its ${channels} channels do not divide into ${groups} groups`,
    );
  }
  for (const value of [scale, shift]) {
    const { shape } = value;
    const fits = shape.at(-1) === channels &&
      (shape.length === 1 || (shape.length === 2 && shape[0] === batch));
    if (!fits) {
      throw shapeError(
        "groupNorm",
        [x, value],
        `scale and shift must be [${channels}] or [${batch}, ${channels}]`,
      );
    }
  }
  const size = channels / groups;
  const perChannel = (value: Value) =>
    // → [batch or 1, groups, size]
    reshape(value, [value.shape.length === 2 ? batch : 1, groups, size]);
  const spread = (value: Value) => reshape(value, [value.shape[0]!, channels, 1, 1]);

  const average = groupMean(x, groups); // [batch, groups]
  // Rounding may take a variance that is small beside the mean below 0.
  const variance = maximum(sub(groupMean(mul(x, x), groups), mul(average, average)), 0);
  const inverse = div(1, sqrt(add(variance, options.epsilon ?? 1e-5)));
  const averages = reshape(average, [batch, groups, 1]);
  const inverses = reshape(inverse, [batch, groups, 1]);
  const gammas = perChannel(scale);
  const factor = mul(gammas, inverses); // [batch, groups, size]
  const offset = sub(perChannel(shift), mul(averages, factor));
  const y = add(mul(x, spread(factor)), spread(offset));

  return withGradient(y, [x, scale, shift], (dy) => {
    const count = size * height * width;
    const total = reshape(sum(dy, [2, 3]), [batch, groups, size]);
    const moment = reshape(sum(mul(dy, x), [2, 3]), [batch, groups, size]);
    const dScale = mul(sub(moment, mul(averages, total)), inverses); // [batch, groups, size]
    const meanGradient = mul(sum(mul(gammas, total), [2], { keep: true }), 1 / count); // of dy·γ
    const meanProduct = mul(sum(mul(gammas, dScale), [2], { keep: true }), 1 / count); // of dy·γ·x̂
    const slope = mul(mul(mul(inverses, inverses), meanProduct), -1); // [batch, groups, 1]
    const intercept = sub(mul(mul(averages, slope), -1), mul(inverses, meanGradient));
    const ones = (value: Value) =>
      spread(reshape(repeatGroups(value, size), [batch, groups * size]));
    const dx = add(add(mul(dy, spread(factor)), mul(x, ones(slope))), ones(intercept));
    const toParameter = (value: Value, shape: readonly number[]) =>
      sumTo(reshape(value, [batch, channels]), shape);
    return [dx, toParameter(dScale, scale.shape), toParameter(total, shift.shape)];
  });
}

/** [batch, groups, 1] → [batch, groups, size]. */
function repeatGroups(value: Value, size: number): Value {
  const [batch, groups] = value.shape as [number, number];
  return makeValue({
    operator: "repeatGroups",
    inputs: [value],
    outputs: [{ shape: [batch, groups, size], dtype: "float32" }],
    lower: ({ emit, input, integers }) =>
      emit("Expand", [input(0), integers([batch, groups, size])]),
  });
}

/**
 * Layer normalisation over the last axis (Ba et al., 2016, equation 4).
 *
 * @param x [..., length].
 * @param scale [length].
 * @param shift [length].
 * @param options What is added to the variance.
 * @returns The shape of x.
 * @throws {RangeError} If scale or shift has another shape.
 */
export function layerNorm(
  x: Value,
  scale: Value,
  shift: Value,
  options: NormalizationOptions = {},
): Value {
  const length = x.shape.at(-1);
  if (scale.shape.join() !== String(length) || shift.shape.join() !== String(length)) {
    throw shapeError("layerNorm", [x, scale, shift], `scale and shift must be [${length}]`);
  }
  const statistics = { shape: [...x.shape.slice(0, -1), 1], dtype: "float32" } as const;
  return makeNode({
    operator: "layerNorm",
    inputs: [x, scale, shift],
    outputs: [{ shape: x.shape, dtype: "float32" }, statistics, statistics],
    lower: ({ emitMany, input, isUsed }) =>
      emitMany(
        "LayerNormalization",
        [input(0), input(1), input(2)],
        { axis: -1, epsilon: { float: options.epsilon ?? 1e-5 } },
        isUsed(1) || isUsed(2) ? 3 : 1,
      ),
    gradient: ([dy], [, average, inverse]) => {
      const normalized = mul(sub(x, average!), inverse!);
      const scaled = mul(dy!, scale);
      const dx = mul(
        inverse!,
        sub(
          sub(scaled, mean(scaled, [-1], { keep: true })),
          mul(normalized, mean(mul(scaled, normalized), [-1], { keep: true })),
        ),
      );
      return [dx, sumTo(mul(dy!, normalized), scale.shape), sumTo(dy!, shift.shape)];
    },
  })[0]!;
}
