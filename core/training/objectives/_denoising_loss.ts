import { add, mean, mse, mul, sub, type Value } from "../../graph/mod.ts";

/**
 * The mean squared error, in which changes along an axis may count more: what differs from the mean
 * along it is counted `weight` times besides.
 *
 * @param prediction [batch, ...].
 * @param target The same shape.
 * @param change The axis, the batch not counted, and the weight; without it all counts alike.
 * @returns A scalar.
 */
export function denoisingLoss(
  prediction: Value,
  target: Value,
  change?: { readonly axis: number; readonly weight: number },
): Value {
  if (change === undefined) return mse(prediction, target);
  const axes = [1 + change.axis];
  const changes = (x: Value) => sub(x, mean(x, axes, { keep: true }));
  const moved = mse(changes(prediction), changes(target));
  return add(mse(prediction, target), mul(moved, change.weight));
}
