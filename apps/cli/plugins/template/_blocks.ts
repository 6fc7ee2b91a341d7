import { add, mul, silu, type Value } from "@codi/core/graph";
import { linear, normalizeLayer, type Scope } from "@codi/core/nn";

/**
 * Residual blocks of fully connected layers.
 *
 * @param scope Names the parameters.
 * @param x [batch, width].
 * @param blocks How many.
 * @param vector Modulates every block, [batch, …].
 * @param after What follows each block, given a scope of its own.
 * @returns [batch, width].
 */
export function residualBlocks(
  scope: Scope,
  x: Value,
  blocks: number,
  vector?: Value,
  after: (scope: Scope, x: Value) => Value = (_, h) => h,
): Value {
  const width = x.shape[1]!;
  let h = x;
  for (let index = 0; index < blocks; index++) {
    const at = scope.at(index);
    let inner = linear(at.at("in"), silu(normalizeLayer(at.at("norm"), h)), width);
    if (vector !== undefined) {
      const scale = linear(at.at("scale"), vector, width, { init: "zeros" });
      inner = add(mul(inner, add(scale, 1)), linear(at.at("shift"), vector, width));
    }
    h = after(at, add(h, linear(at.at("out"), silu(inner), width, { init: "zeros" })));
  }
  return h;
}
