/** From values to the bytes of an ONNX model: what a program and an exported file have in common. */

import type { Tensor } from "../tensor/mod.ts";
import { lower, type LowerOptions } from "./lower.ts";
import { encodeModel, type OnnxInitializer, type OnnxNode } from "./onnx.ts";
import { sameShape, showShape } from "./shape.ts";
import type { Value, ValueType } from "./value.ts";

/** How values become a model. */
export interface AssembleOptions extends LowerOptions {
  /** What is being done, for errors. */
  readonly action: string;
  /** The weight a parameter becomes, or undefined if it stays an input. */
  readonly weightOf: (name: string) => Tensor | undefined;
  /** The ONNX name of an output. */
  readonly outputName: (name: string) => string;
}

/** A model and what it takes and gives, by name. */
export interface Assembly {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly inputs: Record<string, ValueType>;
  readonly parameters: Record<string, ValueType>;
  readonly weights: Record<string, ValueType>;
  readonly outputs: Record<string, ValueType>;
  readonly nodeCount: number;
}

/** Compiles the part of a graph that some values depend on. */
export function assemble(
  outputs: Readonly<Record<string, Value>>,
  options: AssembleOptions,
): Assembly {
  const { action, weightOf, outputName } = options;
  const inputs: Record<string, ValueType> = {};
  const parameters: Record<string, ValueType> = {};
  const weights: Record<string, ValueType> = {};
  const initializers: OnnxInitializer[] = [];
  const bound = new Map<string, Value>();

  const checkName = (name: string) => {
    if (name === "" || name.includes("#")) {
      throw new RangeError(
        `Cannot ${action} with the name "${name}": it must be without "#", not empty`,
      );
    }
  };
  const sourceName = (value: Value): string => {
    const source = value.node.source!;
    if (source.kind === "constant") throw new Error("Constants have no name of their own");
    const { name, kind } = source;
    checkName(name);
    const known = bound.get(name);
    if (known !== undefined && known !== value) {
      throw new RangeError(`Cannot ${action} with two sources named "${name}"`);
    }
    bound.set(name, value);
    const type = typeOf(value);
    const weight = kind === "parameter" ? weightOf(name) : undefined;
    if (weight === undefined) {
      (kind === "parameter" ? parameters : inputs)[name] = type;
      return name;
    }
    if (!sameShape(weight.shape, value.shape)) {
      throw new RangeError(
        `Cannot ${action}: weight "${name}" has shape ${showShape(weight.shape)}, ` +
          `the network wants ${showShape(value.shape)}`,
      );
    }
    weights[name] = type;
    initializers.push({ name, ...type, data: weight.data });
    return name;
  };

  const entries = Object.entries(outputs);
  const graph = lower(entries.map(([, value]) => value), sourceName, options);
  const results = entries.map(([name, value], index): OnnxNode => {
    checkName(name);
    const result = outputName(name);
    if (bound.has(result)) {
      throw new RangeError(
        `Cannot ${action} with the output "${name}": an input or weight has that name`,
      );
    }
    bound.set(result, value);
    return {
      opType: "Identity",
      domain: "",
      inputs: [graph.outputs[index]!],
      outputs: [result],
      attributes: {},
    };
  });
  const info = (types: Readonly<Record<string, ValueType>>) =>
    Object.entries(types).map(([name, type]) => ({ name, ...type }));
  return {
    model: encodeModel({
      nodes: [...graph.nodes, ...results],
      initializers: [...initializers, ...graph.initializers],
      inputs: [...info(inputs), ...info(parameters)],
      outputs: entries.map(([name, value]) => ({ name: outputName(name), ...typeOf(value) })),
    }),
    inputs,
    parameters,
    weights,
    outputs: Object.fromEntries(entries.map(([name, value]) => [name, typeOf(value)])),
    nodeCount: graph.nodes.length,
  };
}

function typeOf({ shape, dtype }: ValueType): ValueType {
  return { shape, dtype };
}
