import {
  add,
  constant,
  logSoftmax,
  matmul,
  mul,
  reshape,
  sub,
  sum,
  transpose,
  type Value,
} from "../graph/mod.ts";
import { normalizeLength } from "../nn/mod.ts";

/**
 * Contrastive alignment of two modalities' environments (CoDi, section 3.4): a sample's global tokens
 * find each other among the batch's, and in time so do the slots of one place. Each sample counts by
 * how much signal there is on both sides.
 *
 * @param a Vectors of one modality, [batch, width], or slot by slot, [batch, slots, width].
 * @param b Those of the other, of the same shape.
 * @param scale The inverse temperature.
 * @param weight What each sample counts, [batch]: the lesser of the two alphaBar.
 * @returns The symmetric InfoNCE loss, weighted; a scalar.
 */
export function latentAlignment(a: Value, b: Value, scale: number, weight: Value): Value {
  const [batch] = a.shape as [number];
  const bySlot = (x: Value) =>
    x.shape.length === 2 ? reshape(x, [1, ...x.shape]) : transpose(x, [1, 0, 2]);
  const left = bySlot(normalizeLength(a)); // [slots, batch, width]
  const right = bySlot(normalizeLength(b));
  const slots = left.shape[0]!;
  const logits = mul(matmul(left, right, { transposeB: true }), scale); // [slots, batch, batch]
  const own = new Float32Array(batch * batch);
  for (let sample = 0; sample < batch; sample++) own[sample * batch + sample] = 1;
  const likelihood = (scores: Value) =>
    sum(mul(logSoftmax(scores), constant(own, [1, batch, batch])), [-1]); // [slots, batch]
  const both = add(likelihood(logits), likelihood(transpose(logits, [0, 2, 1])));
  return mul(sum(mul(both, reshape(weight, [1, batch]))), -0.5 / (slots * batch));
}

/**
 * How far vectors of one modality's environment point from those of another that stays as it is: one
 * less the cosine. {@linkcode latentAlignment} asks only which sample is which, so a modality that
 * joins later could say a stroke in other words than those that the others have learnt to hear.
 *
 * @param a Vectors of one modality, [batch, width], or slot by slot, [batch, slots, width].
 * @param b Those of the other, of the same shape.
 * @param weight What each sample counts, [batch].
 * @returns The mean over vectors, weighted; a scalar.
 */
export function latentDistance(a: Value, b: Value, weight: Value): Value {
  const [batch, ...rest] = a.shape as [number, ...number[]];
  const places = rest.length === 1 ? 1 : rest[0]!;
  const flat = (x: Value) => reshape(normalizeLength(x), [batch, places, -1]);
  const cosines = sum(mul(flat(a), flat(b)), [-1, -2]); // [batch]
  return mul(sum(mul(sub(places, cosines), weight)), 1 / (places * batch));
}
