/** Losses: compositions of operators, with gradients written where that saves passes. */

import { add, mul, sub } from "./arithmetic.ts";
import { oneHot } from "./embedding.ts";
import { withGradient } from "./gradient.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./broadcasting.ts";
import { mean } from "./reduction.ts";
import { toFloat } from "./selection.ts";
import { product, sameShape, shapeError } from "./shape.ts";
import { logSoftmax } from "./softmax.ts";
import { transpose } from "./structure.ts";
import { integers, type Value } from "./value.ts";

/**
 * The mean squared difference.
 *
 * @param prediction Any shape.
 * @param target The same shape.
 * @returns A scalar.
 * @throws {RangeError} If the shapes differ.
 */
export function mse(prediction: Value, target: Value): Value {
  if (!sameShape(prediction.shape, target.shape)) {
    throw shapeError("mse", [prediction, target], "the shapes must be equal");
  }
  const difference = sub(prediction, target);
  const loss = mean(mul(difference, difference));
  return withGradient(loss, [prediction, target], (dy) => {
    const d = mul(difference, mul(dy, 2 / product(prediction.shape)));
    return [d, mul(d, -1)];
  });
}

/**
 * The mean negative log-likelihood of classes.
 *
 * @param logits [..., classes].
 * @param targets int64 [...], the right classes.
 * @param weights [...], how much each counts, summing to 1; equal if left out.
 * @returns A scalar.
 * @throws {RangeError} If the shapes do not fit, or the targets are not int64.
 */
export function crossEntropy(logits: Value, targets: Value, weights?: Value): Value {
  if (!sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw shapeError(
      "crossEntropy",
      [logits, targets],
      "targets must have the logits' shape but for the last axis",
    );
  }
  const hot = oneHot(targets, logits.shape.at(-1)!);
  const likelihood = sum(mul(logSoftmax(logits), hot), [-1]);
  return mul(weights ? sum(mul(likelihood, weights)) : mean(likelihood), -1);
}

/**
 * The symmetric contrastive loss of pairs (InfoNCE, van den Oord et al., 2018; CLIP, Radford et al.,
 * 2021, figure 3): row i of `a` belongs to row i of `b`, all others are negatives.
 *
 * @param a [batch, width], normalised.
 * @param b [batch, width], normalised.
 * @param scale The inverse temperature, a scalar.
 * @param excluded [batch, batch] bool: pairs that do not count as negatives; the diagonal must be false.
 * @returns A scalar: the mean of both directions' cross-entropy.
 * @throws {RangeError} If `a` and `b` are not matrices of one shape.
 */
export function infoNce(a: Value, b: Value, scale: Value, excluded?: Value): Value {
  if (a.shape.length !== 2 || !sameShape(a.shape, b.shape)) {
    throw shapeError("infoNce", [a, b], "both must be [batch, width]");
  }
  const batch = a.shape[0]!;
  let logits = mul(matmul(a, b, { transposeB: true }), scale); // [batch, batch]
  if (excluded) logits = add(logits, mul(toFloat(excluded), -1e9));
  const diagonal = integers(Array.from({ length: batch }, (_, index) => index));
  const rows = crossEntropy(logits, diagonal);
  const columns = crossEntropy(transpose(logits, [1, 0]), diagonal);
  return mul(add(rows, columns), 0.5);
}
