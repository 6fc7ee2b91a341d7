import { type Tensor, tensor } from "../tensor/mod.ts";

/** A factor and the tensor it multiplies. */
export type Term = readonly [factor: number, values: Tensor];

/**
 * The sum of tensors times factors, added up in float64 and rounded once.
 * Terms with a factor of zero are left out, so that they may hold anything.
 */
export function combine(...terms: readonly [Term, ...Term[]]): Tensor {
  const { shape } = terms[0][1];
  const factors: number[] = [];
  const sources: Float32Array[] = [];
  for (const [factor, values] of terms) {
    requireShape(values, shape, "combine latents");
    if (factor === 0) continue;
    factors.push(factor);
    sources.push(values.data);
  }
  const result = tensor(shape);
  const { data } = result;
  for (let i = 0; i < data.length; i++) {
    let sum = 0;
    for (let k = 0; k < factors.length; k++) sum += factors[k]! * sources[k]![i]!;
    data[i] = sum;
  }
  return result;
}

/** Like `combine` for two tensors, with a pair of factors of its own for every sample. */
export function combinePerSample(
  a: Tensor,
  b: Tensor,
  factors: (sample: number) => readonly [number, number],
): Tensor {
  requireShape(b, a.shape, "combine latents");
  const result = tensor(a.shape); // [batch, ...]
  const batch = a.shape[0] ?? 1;
  const size = result.data.length / batch;
  for (let sample = 0; sample < batch; sample++) {
    const [factorA, factorB] = factors(sample);
    for (let i = sample * size; i < (sample + 1) * size; i++) {
      result.data[i] = factorA * a.data[i]! + factorB * b.data[i]!;
    }
  }
  return result;
}

/** Throws a RangeError unless a tensor has the given shape. */
export function requireShape(values: Tensor, shape: readonly number[], action: string): void {
  const equal = values.shape.length === shape.length &&
    shape.every((length, axis) => length === values.shape[axis]);
  if (!equal) {
    throw new RangeError(
      `Cannot ${action}: the shape "[${values.shape}]" should be "[${shape}]"`,
    );
  }
}
