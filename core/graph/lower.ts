import type { DType } from "./dtype.ts";
import type { Layout, Lowering } from "./lowering.ts";
import type { OnnxInitializer, OnnxNode } from "./onnx.ts";
import type { Node, Value } from "./value.ts";

/** Constants up to this length that are equal are stored once. */
const SHARED_LENGTH = 1 << 17;

/** The ONNX nodes and constants of a program, and where its outputs are. */
export interface LoweredGraph {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxInitializer[];
  /** The ONNX name of each requested output, in the written layout. */
  readonly outputs: string[];
}

/** Which nodes the lowering may choose. */
export interface LowerOptions {
  /** Whether operators that ask for the batch innermost get it. */
  readonly batchInnermost: boolean;
  /** Whether operators of the `com.microsoft` domain may be used. */
  readonly fused: boolean;
}

/** The nodes that some values depend on, oldest first. */
export function reachableNodes(values: readonly Value[]): Node[] {
  const seen = new Set<Node>();
  const stack = values.map((value) => value.node);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const value of node.inputs) stack.push(value.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/**
 * Turns the part of the graph that the given values depend on into ONNX nodes. Layouts are chosen
 * here: nodes that ask for the batch innermost get it, nodes that take any follow their inputs, and
 * transposes are inserted where the two meet. Equal ONNX nodes are emitted once.
 *
 * @param outputs The values wanted.
 * @param sourceName The ONNX name of an input or parameter.
 * @param options Which nodes may be chosen.
 * @returns The ONNX nodes, in order. Names made here contain a "#".
 */
export function lower(
  outputs: readonly Value[],
  sourceName: (value: Value) => string,
  options: LowerOptions,
): LoweredGraph {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const emitted = new Map<string, string[]>();
  const constants = new Map<string, string>();
  const layouts = new Map<Node, Layout>();
  const names = new Map<Value, Partial<Record<Layout, string>>>();
  const used = new Set<Value>(outputs);

  const emitMany: Lowering["emitMany"] = (opType, inputs, attributes, count, domain = "") => {
    const key = JSON.stringify([domain, opType, inputs, attributes, count]);
    let result = emitted.get(key);
    if (result === undefined) {
      const name = `${opType}#${nodes.length}`;
      result = Array.from({ length: count }, (_, index) => index > 0 ? `${name}.${index}` : name);
      nodes.push({ opType, domain, inputs, outputs: result, attributes });
      emitted.set(key, result);
    }
    return result;
  };
  const emit: Lowering["emit"] = (opType, inputs, attributes = {}) =>
    emitMany(opType, inputs, attributes, 1)[0]!;
  const emitContrib: Lowering["emitContrib"] = (opType, inputs, attributes = {}) =>
    emitMany(opType, inputs, attributes, 1, "com.microsoft")[0]!;

  const addConstant = (
    dtype: DType,
    shape: readonly number[],
    data: Float32Array | BigInt64Array | Uint8Array,
  ): string => {
    const key = data.length <= SHARED_LENGTH ? `${dtype}[${shape}]${data.join()}` : "";
    const known = constants.get(key);
    if (known !== undefined) return known;
    const name = `constant#${initializers.length}`;
    initializers.push({ name, dtype, shape, data });
    if (key !== "") constants.set(key, name);
    return name;
  };
  const integers: Lowering["integers"] = (values, shape = [values.length]) =>
    addConstant("int64", shape, BigInt64Array.from(values, (value) => BigInt(value)));
  const floats: Lowering["floats"] = (values, shape) =>
    addConstant("float32", shape, Float32Array.from(values));
  const reshape: Lowering["reshape"] = (name, shape) => emit("Reshape", [name, integers(shape)]);

  /**
   * Moves the batch between the ends of a map's axes. As a transpose of two axes between reshapes,
   * since the runtime would merge four axes with its neighbours into permutations it is slow at.
   */
  const turn = (name: string, [batch, ...rest]: readonly number[], to: Layout): string => {
    const size = rest.reduce((a, b) => a * b, 1);
    const written = to === "written";
    const flat = reshape(name, written ? [size, batch!] : [batch!, size]);
    const turned = emit("Transpose", [flat], { perm: [1, 0] });
    return reshape(turned, written ? [batch!, ...rest] : [...rest, batch!]);
  };

  const nameOf = (value: Value, layout: Layout): string => {
    const known = names.get(value)!;
    const rank = value.shape.length;
    if (layout === "written" || rank === 0) {
      return known.written ??= turn(known["batch-innermost"]!, value.shape, "written");
    }
    if (known["batch-innermost"] === undefined) {
      // Leading axes that are added have length 1: innermost they are where they were.
      known["batch-innermost"] = rank < 4
        ? reshape(known.written!, [...Array(3 - rank).fill(1), ...value.shape, 1])
        : turn(known.written!, value.shape, "batch-innermost");
    }
    return known["batch-innermost"];
  };

  const layoutOf = (node: Node): Layout => {
    if (!options.batchInnermost || node.source || node.layout === undefined) return "written";
    if (node.layout === "batch-innermost") return node.layout;
    const isInnermost = ({ shape, node }: Value) =>
      shape.length === 4 && layouts.get(node) === "batch-innermost";
    return node.inputs.some(isInnermost) && node.inputs.every(({ shape }) => shape.length <= 4)
      ? "batch-innermost"
      : "written";
  };

  const reachable = reachableNodes(outputs);
  for (const node of reachable) for (const value of node.inputs) used.add(value);

  for (const node of reachable) {
    const layout = layoutOf(node);
    layouts.set(node, layout);
    if (node.source) {
      const value = node.outputs[0]!;
      const name = node.source.kind === "constant"
        ? addConstant(value.dtype, value.shape, node.source.data)
        : sourceName(value);
      names.set(value, { written: name });
      continue;
    }
    const result = node.lower({
      layout,
      fused: options.fused,
      input: (index, wanted = layout) => nameOf(node.inputs[index]!, wanted),
      isUsed: (index) => used.has(node.outputs[index]!),
      emit,
      emitContrib,
      emitMany,
      integers,
      floats,
      reshape,
    });
    const results = typeof result === "string" ? [result] : result;
    node.outputs.forEach((value, index) => {
      const name = results[index];
      if (name !== undefined) {
        names.set(value, { [value.shape.length === 4 ? layout : "written"]: name });
      }
    });
  }
  return { nodes, initializers, outputs: outputs.map((value) => nameOf(value, "written")) };
}
