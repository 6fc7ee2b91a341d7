import { parameter, type Value } from "../graph/mod.ts";
import { random } from "../random/mod.ts";
import { elementCount, type Tensor, tensor } from "../tensor/mod.ts";

/** How a parameter's first values are drawn. */
export type Initializer =
  | "zeros"
  | "ones"
  /** Normal with this standard deviation. */
  | { readonly deviation: number };

interface Declaration {
  readonly value: Value;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/**
 * Names the parameters of a network by the path through its code. Layers are functions of a scope and
 * values; asking twice for one name gives one parameter, so a network traced twice shares its weights.
 *
 * @example The state dict reads like the code
 * ```ts
 * import { input } from "@codi/core/graph";
 * import { linear, Scope } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const scope = new Scope();
 * linear(scope.at("head"), input("x", [2, 3]), 4);
 * assertEquals(Object.keys(scope.shapes()), ["head.weight", "head.bias"]);
 * ```
 */
export class Scope {
  readonly #declarations: Map<string, Declaration>;
  readonly #path: string;

  /** A root scope, without parameters. */
  constructor();
  /** @internal */
  constructor(declarations: Map<string, Declaration>, path: string);
  constructor(declarations: Map<string, Declaration> = new Map(), path = "") {
    this.#declarations = declarations;
    this.#path = path;
  }

  /** The scope below this one of that name. */
  at(name: string | number): Scope {
    return new Scope(this.#declarations, `${this.#path}${name}.`);
  }

  /**
   * The parameter of that name, made at the first call.
   *
   * @throws {RangeError} If it exists with another shape.
   */
  parameter(name: string, shape: readonly number[], initializer: Initializer): Value {
    const full = this.#path + name;
    const known = this.#declarations.get(full);
    if (known) {
      if (known.shape.join() !== shape.join()) {
        throw new RangeError(
          `Cannot use parameter "${full}" with shape [${shape}]: it has shape [${known.shape}]`,
        );
      }
      return known.value;
    }
    const value = parameter(full, shape);
    this.#declarations.set(full, { value, shape, initializer });
    return value;
  }

  /** The parameters at and below this scope, by full name. */
  parameters(): Record<string, Value> {
    return this.#collect(({ value }) => value);
  }

  /** The shapes of the parameters at and below this scope, by full name. */
  shapes(): Record<string, readonly number[]> {
    return this.#collect(({ shape }) => shape);
  }

  /**
   * First values of the parameters at and below this scope, by full name; each is drawn from the seed
   * and its own name, so adding a layer does not change the others.
   */
  initialWeights(seed: number): Record<string, Tensor> {
    return this.#collect(({ shape, initializer }, name) => {
      const data = new Float32Array(elementCount(shape));
      if (initializer === "ones") data.fill(1);
      else if (initializer !== "zeros") {
        random(seed, "weights", name).fillNormal(data);
        for (let i = 0; i < data.length; i++) data[i]! *= initializer.deviation;
      }
      return tensor(shape, data);
    });
  }

  #collect<T>(pick: (declaration: Declaration, name: string) => T): Record<string, T> {
    const entries: [string, T][] = [];
    for (const [name, declaration] of this.#declarations) {
      if (name.startsWith(this.#path)) entries.push([name, pick(declaration, name)]);
    }
    return Object.fromEntries(entries);
  }
}
