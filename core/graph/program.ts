import { elementCount, type Tensor } from "../tensor/mod.ts";
import { lower } from "./lowering.ts";
import { encodeModel, type OnnxInitializer, type OnnxNode, type OnnxValueInfo } from "./onnx.ts";
import type { Value, ValueType } from "./value.ts";

/** A graph compiled to an ONNX model, with what it takes and gives. */
export interface Program {
  /** The ONNX model file. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** What is fed at each run, by name. */
  readonly inputs: Readonly<Record<string, ValueType>>;
  /** The parameters that are fed too because no weights were given, by name. */
  readonly parameters: Readonly<Record<string, ValueType>>;
  /** What a run returns, by name. */
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
}

/**
 * Compiles the part of a graph that some values depend on.
 *
 * @param outputs The values to compute, by name.
 * @param options Weights to build in.
 * @returns The program.
 * @throws {RangeError} If two inputs share a name, a weight is missing or has the wrong shape.
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
  const { weights, frozen } = options;
  const entries = Object.entries(outputs);
  const inputs: Record<string, ValueType> = {};
  const parameters: Record<string, ValueType> = {};
  const inputInfo: OnnxValueInfo[] = [];
  const initializers: OnnxInitializer[] = [];
  const bound = new Map<string, Value>();

  const sourceName = (value: Value): string | undefined => {
    const source = value.node.source!;
    if (source.kind === "constant") return undefined;
    const { name } = source;
    const known = bound.get(name);
    if (known !== undefined && known !== value) {
      throw new RangeError(`Cannot build a program with two sources named "${name}"`);
    }
    bound.set(name, value);
    const type: ValueType = { shape: value.shape, dtype: value.dtype };
    if (source.kind === "parameter" && (weights || frozen?.[name])) {
      const weight = weights?.[name] ?? frozen?.[name];
      if (weight === undefined) throw new RangeError(`Cannot build a program: no weight named "${name}"`);
      if (weight.shape.join() !== value.shape.join()) {
        throw new RangeError(
          `Cannot build a program: weight "${name}" has shape [${weight.shape}], the network wants [${value.shape}]`,
        );
      }
      initializers.push({ name, dtype: "float32", shape: weight.shape, data: weight.data });
    } else {
      (source.kind === "parameter" ? parameters : inputs)[name] = type;
      inputInfo.push({ name, ...type });
    }
    return name;
  };

  const graph = lower(entries.map(([, value]) => value), sourceName, {
    // With constant weights the runtime's own blocked layout is faster still.
    batchInnermost: weights === undefined,
  });
  const results: OnnxNode[] = entries.map(([name], index) => ({
    opType: "Identity",
    domain: "",
    inputs: [graph.outputs[index]!],
    outputs: [`${name}:0`],
    attributes: {},
  }));
  const model = encodeModel({
    nodes: [...graph.nodes, ...results],
    initializers: [...initializers, ...graph.initializers],
    inputs: inputInfo,
    outputs: entries.map(([name, { shape, dtype }]) => ({ name: `${name}:0`, shape, dtype })),
  });
  return {
    model,
    inputs,
    parameters,
    outputs: Object.fromEntries(entries.map(([name, { shape, dtype }]) => [name, { shape, dtype }])),
    nodeCount: graph.nodes.length,
  };
}

/** How many numbers the parameters of a program hold. */
export function parameterCount(program: Program): number {
  return Object.values(program.parameters).reduce((total, { shape }) => total + elementCount(shape), 0);
}
