import { addAll } from "./arithmetic.ts";
import { reachableNodes } from "./lower.ts";
import { sameShape, shapeError } from "./shape.ts";
import { zeros } from "./structure.ts";
import { constant, makeValue, type Node, type Value } from "./value.ts";

/**
 * The gradients of a scalar by reverse-mode differentiation; they extend the graph they come from.
 *
 * @param loss A scalar.
 * @param of The values to differentiate by.
 * @returns One gradient for each, of its shape; zeros where the loss does not depend on it.
 * @throws {RangeError} If the loss is not a scalar, or passes through an operator without a gradient.
 *
 * @example The slope of a square
 * ```ts
 * import { gradients, input, mul } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const x = input("x", []);
 * const [slope] = gradients(mul(x, x), [x]);
 * assertEquals(slope!.shape, []);
 * ```
 */
export function gradients(loss: Value, of: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) throw shapeError("gradients", [loss], "the loss must be a scalar");
  const nodes = reachableNodes([loss]);
  const wanted = new Set(of.map((value) => value.node));
  const needed = new Set<Node>();
  for (const node of nodes) {
    if (wanted.has(node) || node.inputs.some((value) => needed.has(value.node))) needed.add(node);
  }
  const parts = new Map<Value, Value[]>([[loss, [constant(1)]]]);
  for (const node of nodes.reverse()) {
    if (!needed.has(node) || node.inputs.length === 0) continue;
    const incoming = node.outputs.map((output) => {
      const summands = parts.get(output);
      return summands && addAll(summands);
    });
    if (incoming.every((value) => value === undefined)) continue;
    if (!node.gradient) {
      throw new RangeError(`Cannot differentiate "${node.operator}": it has no gradient`);
    }
    const outgoing = node.gradient(incoming, node.outputs);
    node.inputs.forEach((value, index) => {
      const gradient = outgoing[index];
      if (gradient === undefined || !needed.has(value.node)) return;
      if (!sameShape(gradient.shape, value.shape)) {
        throw shapeError(
          `gradient of ${node.operator}`,
          [gradient, value],
          "this is a defect of the operator",
        );
      }
      const known = parts.get(value);
      if (known) known.push(gradient);
      else parts.set(value, [gradient]);
    });
  }
  return of.map((value) => {
    const summands = parts.get(value);
    return summands ? addAll(summands) : zeros(value.shape);
  });
}

/**
 * Gives a composition a gradient of its own in place of its operators'.
 *
 * @param output What the composition returns, float32.
 * @param inputs The values the gradient is with respect to.
 * @param gradient The gradient of each input from that of the output.
 * @returns The output, differentiable by the given rule.
 *
 * @example A square that claims a slope of 1
 * ```ts
 * import { gradients, input, mul, withGradient } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const x = input("x", []);
 * const y = withGradient(mul(x, x), [x], (dy) => [dy]);
 * assertEquals(gradients(y, [x])[0]!.node.source?.kind, "constant");
 * ```
 */
export function withGradient(
  output: Value,
  inputs: readonly Value[],
  gradient: (dy: Value) => (Value | undefined)[],
): Value {
  return makeValue({
    operator: "withGradient",
    inputs: [output, ...inputs],
    outputs: [output],
    layout: "any",
    // Other inputs may have more axes than the output, whose layout is then not theirs.
    lower: ({ input, layout }) => input(0, output.shape.length === 4 ? layout : "written"),
    gradient: ([dy]) => [undefined, ...gradient(dy!)],
  });
}
