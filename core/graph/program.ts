import { elementCount, type Tensor } from "../tensor/mod.ts";
import { assemble } from "./_assemble.ts";
import { reachableNodes } from "./lower.ts";
import type { Value, ValueType } from "./value.ts";

/** A graph compiled to an ONNX model, with what it takes and gives. */
export interface Program {
  /** The ONNX model file. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** What is fed at each run, by name. */
  readonly inputs: Readonly<Record<string, ValueType>>;
  /** The parameters that are fed too because no weights were given, by name. */
  readonly parameters: Readonly<Record<string, ValueType>>;
  /** What a run returns, by name; in the model an output has `:0` after its name. */
  readonly outputs: Readonly<Record<string, ValueType>>;
  /** The number of ONNX nodes. */
  readonly nodeCount: number;
}

/** Options of {@linkcode buildProgram}. */
export interface ProgramOptions {
  /**
   * Weights by parameter name; given, they become constants, which the runtime packs and folds.
   * Left out, parameters are inputs, as training needs them.
   */
  readonly weights?: Readonly<Record<string, Tensor>>;
  /** Weights of some parameters, which become constants while the others stay inputs. */
  readonly frozen?: Readonly<Record<string, Tensor>>;
  /**
   * Whether small maps are computed with the batch innermost. With constant weights the runtime's own
   * blocked layout is faster still.
   *
   * @default {true if weights are left out}
   */
  readonly batchInnermost?: boolean;
}

/**
 * Compiles the part of a graph that some values depend on.
 *
 * @param outputs The values to compute, by name.
 * @param options Weights to build in.
 * @returns The program; weights that nothing depends on are not in it.
 * @throws {RangeError} If two inputs share a name, a weight is missing or has the wrong shape, or the
 * model exceeds the 2 GiB an ONNX file holds.
 *
 * @example A sum
 * ```ts
 * import { add, buildProgram, input } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const program = buildProgram({ y: add(input("x", [2, 3]), 1) });
 * assertEquals(program.outputs["y"]!.shape, [2, 3]);
 * ```
 */
export function buildProgram(
  outputs: Readonly<Record<string, Value>>,
  options: ProgramOptions = {},
): Program {
  const { weights, frozen, batchInnermost = weights === undefined } = options;
  const { model, inputs, parameters, outputs: types, nodeCount } = assemble(outputs, {
    action: "build a program",
    batchInnermost,
    fused: true,
    outputName: (name) => `${name}:0`,
    weightOf: (name) => {
      const weight = weights?.[name] ?? frozen?.[name];
      if (weights && weight === undefined) {
        throw new RangeError(`Cannot build a program: no weight named "${name}"`);
      }
      return weight;
    },
  });
  return { model, inputs, parameters, outputs: types, nodeCount };
}

/** How many numbers the parameters of a program hold; weights that are built in do not count. */
export function parameterCount(program: Program): number {
  const shapes = Object.values(program.parameters).map(({ shape }) => shape);
  return shapes.reduce((total, shape) => total + elementCount(shape), 0);
}

/**
 * The floating-point operations of computing some values, a multiplication and an addition counting
 * as two: those of convolutions, matrix products and attention, in comparison with which all others
 * are few.
 *
 * @param values What is computed; what several of them depend on counts once.
 * @returns The number of operations.
 *
 * @example A matrix product
 * ```ts
 * import { countFlops, input, matmul } from "@codi/core/graph";
 * import { assertEquals } from "@std/assert";
 *
 * const product = matmul(input("a", [2, 3]), input("b", [3, 4]));
 * assertEquals(countFlops([product]), 2 * 2 * 3 * 4);
 * ```
 */
export function countFlops(values: readonly Value[]): number {
  return reachableNodes(values).reduce((total, node) => total + (node.flops ?? 0), 0);
}
