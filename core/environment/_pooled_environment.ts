import { mul, slice, type Value } from "../graph/mod.ts";
import { linear, type Scope } from "../nn/mod.ts";
import type { EnvironmentValues } from "./environment.ts";

/**
 * What is heard as a whole, to be added to a network's embedded timestep as the prompt is: it modulates
 * every residual block, also those on the way down, as adaptive group normalisation does (Dhariwal and
 * Nichol, 2021, section 3). It starts at zero, and is zero for samples that hear nothing.
 *
 * @param scope Names the linear layer.
 * @param environment What is heard.
 * @param width The width of the embedded timestep.
 * @returns [batch, width].
 */
export function pooledEnvironment(
  scope: Scope,
  { global, heard }: EnvironmentValues,
  width: number,
): Value {
  const pooled = linear(scope, global, width, { bias: false, init: "zeros" });
  return mul(pooled, slice(heard, 1, 0, 1));
}
