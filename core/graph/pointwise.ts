/** Elementwise operators of one operand, activations included: ONNX nodes and gradients. */

import { add, div, greaterOrEqual, maximum, minimum, mul, sub } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import { where } from "./selection.ts";
import { makeValue, type Value } from "./value.ts";

function pointwise(
  operator: string,
  x: Value,
  lower: (context: Lowering, name: string) => string,
  gradient: (dy: Value, y: Value) => Value,
): Value {
  return makeValue({
    operator,
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "float32" }],
    layout: "any",
    lower: (context) => lower(context, context.input(0)),
    gradient: ([dy], [y]) => [gradient(dy!, y!)],
  });
}

/** eˣ. */
export function exp(x: Value): Value {
  return pointwise("exp", x, ({ emit }, name) => emit("Exp", [name]), (dy, y) => mul(dy, y));
}

/** The natural logarithm. */
export function log(x: Value): Value {
  return pointwise("log", x, ({ emit }, name) => emit("Log", [name]), (dy) => div(dy, x));
}

/** √x. */
export function sqrt(x: Value): Value {
  return pointwise(
    "sqrt",
    x,
    ({ emit }, name) => emit("Sqrt", [name]),
    (dy, y) => div(mul(dy, 0.5), y),
  );
}

/** x². */
export function square(x: Value): Value {
  return mul(x, x);
}

/** |x|; the gradient at 0 is 0. */
export function abs(x: Value): Value {
  return pointwise("abs", x, ({ emit }, name) => emit("Abs", [name]), (dy) => mul(dy, sign(x)));
}

function sign(x: Value): Value {
  return pointwise("sign", x, ({ emit }, name) => emit("Sign", [name]), () => mul(x, 0));
}

/** sin x. */
export function sin(x: Value): Value {
  return pointwise("sin", x, ({ emit }, name) => emit("Sin", [name]), (dy) => mul(dy, cos(x)));
}

/** cos x. */
export function cos(x: Value): Value {
  return pointwise(
    "cos",
    x,
    ({ emit }, name) => emit("Cos", [name]),
    (dy) => mul(dy, mul(sin(x), -1)),
  );
}

/** tanh x. */
export function tanh(x: Value): Value {
  return pointwise(
    "tanh",
    x,
    ({ emit }, name) => emit("Tanh", [name]),
    (dy, y) => mul(dy, sub(1, mul(y, y))),
  );
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Value): Value {
  return pointwise(
    "sigmoid",
    x,
    ({ emit }, name) => emit("Sigmoid", [name]),
    (dy, y) => mul(dy, mul(y, sub(1, y))),
  );
}

/** max(x, 0). */
export function relu(x: Value): Value {
  return pointwise(
    "relu",
    x,
    ({ emit }, name) => emit("Relu", [name]),
    (dy) => where(greaterOrEqual(x, 0), dy, 0),
  );
}

/** x · sigmoid(x) (Elfwing et al., 2017). */
export function silu(x: Value): Value {
  return pointwise(
    "silu",
    x,
    ({ emit, emitContrib, fused }, name) =>
      fused
        ? emitContrib("QuickGelu", [name], { alpha: { float: 1 } })
        : emit("Mul", [name, emit("Sigmoid", [name])]),
    (dy, y) => {
      // d/dx x·s(x) = y + s·(1 − y)
      const s = sigmoid(x);
      return mul(dy, add(y, mul(s, sub(1, y))));
    },
  );
}

function erf(x: Value): Value {
  return pointwise(
    "erf",
    x,
    ({ emit }, name) => emit("Erf", [name]),
    (dy) => mul(dy, mul(exp(mul(mul(x, x), -1)), 2 / Math.sqrt(Math.PI))),
  );
}

/** x · Φ(x), exact (Hendrycks and Gimpel, 2016). */
export function gelu(x: Value): Value {
  return pointwise("gelu", x, ({ emit }, name) => emit("Gelu", [name]), (dy) => {
    const cumulative = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
    const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(dy, add(cumulative, mul(x, density)));
  });
}

/** x held within [low, high]; no gradient flows where it was outside. */
export function clamp(x: Value, low: number, high: number): Value {
  return minimum(maximum(x, low), high);
}
