import type { OnnxAttribute, OnnxInitializer, OnnxNode } from "./onnx.ts";
import type { DType, Node, Value } from "./value.ts";

/**
 * The order in which a rank-4 value lies in memory. Shapes are always written
 * [batch, channels, height, width]; `"batch-innermost"` stores [channels, height, width, batch],
 * in which every shift of a small map is a long copy and every convolution one large product.
 */
export type Layout = "written" | "batch-innermost";

/** [batch, channels, height, width] → [channels, height, width, batch], and back. */
const TO_INNERMOST = [1, 2, 3, 0];
const TO_WRITTEN = [3, 0, 1, 2];

/** Where an axis of the written order lies with the batch innermost. */
export function innermostAxis(axis: number): number {
  return (axis + 3) % 4;
}

/** A shape in the order of a layout. */
export function layoutShape(shape: readonly number[], layout: Layout): number[] {
  return layout === "written" || shape.length !== 4
    ? [...shape]
    : TO_INNERMOST.map((axis) => shape[axis]!);
}

/** What a node sees while it is turned into ONNX nodes. */
export interface Lowering {
  /** The layout this node computes in; rank-4 outputs must be returned in it. */
  readonly layout: Layout;
  /**
   * The name of an input. Rank-4 inputs come in the node's layout unless another is asked for;
   * with the batch innermost, lower ranks above 0 are viewed as rank 4 (leading ones added) first.
   */
  input(index: number, layout?: Layout): string;
  /** Whether anything reads the output of that index. */
  isUsed(index: number): boolean;
  /** Emits an ONNX node with one output, or finds an equal one, and returns the output's name. */
  emit(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  /** As `emit`, for operators of the `com.microsoft` domain. */
  emitContrib(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  /** As `emit`, for several outputs. */
  emitMany(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: number,
    domain?: string,
  ): string[];
  /** The name of an int64 constant. */
  integers(values: readonly number[], shape?: readonly number[]): string;
  /** The name of a float32 constant. */
  floats(values: ArrayLike<number>, shape: readonly number[]): string;
  /** Views a value in another shape. */
  reshape(name: string, shape: readonly number[]): string;
}

/** The ONNX nodes and constants of a program, and where its inputs are. */
export interface LoweredGraph {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxInitializer[];
  /** The ONNX name of each requested output, in the written layout. */
  readonly outputs: string[];
  /** The sources that the outputs depend on. */
  readonly sources: Value[];
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
 * @param sourceName The ONNX name of an input or parameter, or undefined for a constant.
 * @param options Whether nodes that ask for the batch innermost get it.
 * @returns The ONNX nodes, in order.
 */
export function lower(
  outputs: readonly Value[],
  sourceName: (value: Value) => string | undefined,
  options: { readonly batchInnermost: boolean },
): LoweredGraph {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const sources: Value[] = [];
  const emitted = new Map<string, string[]>();
  const constants = new Map<string, string>();
  const layouts = new Map<Node, Layout>();
  const names = new Map<Value, Partial<Record<Layout, string>>>();
  const used = new Set<Value>(outputs);

  const emitMany: Lowering["emitMany"] = (opType, inputs, attributes, count, domain = "") => {
    const key = `${domain}:${opType}(${inputs.join()})${JSON.stringify(attributes)}${count}`;
    let result = emitted.get(key);
    if (result === undefined) {
      result = Array.from({ length: count }, (_, index) => `${opType}_${nodes.length}${index > 0 ? `_${index}` : ""}`);
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
    const small = data.length <= 4096;
    const key = small ? `${dtype}[${shape}]${data.join()}` : "";
    const known = small ? constants.get(key) : undefined;
    if (known !== undefined) return known;
    const name = `const_${initializers.length}`;
    initializers.push({ name, dtype, shape, data });
    if (small) constants.set(key, name);
    return name;
  };
  const integers: Lowering["integers"] = (values, shape = [values.length]) =>
    addConstant("int64", shape, BigInt64Array.from(values, (value) => BigInt(value)));
  const floats: Lowering["floats"] = (values, shape) =>
    addConstant("float32", shape, Float32Array.from(values));
  const reshape: Lowering["reshape"] = (name, shape) => emit("Reshape", [name, integers(shape)]);

  const nameOf = (value: Value, layout: Layout): string => {
    const known = names.get(value)!;
    const rank = value.shape.length;
    if (layout === "written" || rank === 0) {
      return known.written ??= emit("Transpose", [known["batch-innermost"]!], { perm: TO_WRITTEN });
    }
    if (known["batch-innermost"] === undefined) {
      let name = known.written!;
      if (rank < 4) name = reshape(name, [...Array(4 - rank).fill(1), ...value.shape]);
      known["batch-innermost"] = emit("Transpose", [name], { perm: TO_INNERMOST });
    }
    return known["batch-innermost"];
  };

  const reachable = reachableNodes(outputs);
  for (const node of reachable) for (const value of node.inputs) used.add(value);

  for (const node of reachable) {
    if (node.source) {
      const value = node.outputs[0]!;
      sources.push(value);
      const name = node.source.kind === "constant"
        ? addConstant(value.dtype, value.shape, node.source.data)
        : sourceName(value)!;
      names.set(value, { written: name });
      layouts.set(node, "written");
      continue;
    }
    const layout: Layout = (node.layout === "batch-innermost" && options.batchInnermost) ||
        (node.layout === "any" &&
          node.inputs.every((value) => value.shape.length <= 4) &&
          node.inputs.some((value) =>
            value.shape.length === 4 && layouts.get(value.node) === "batch-innermost"
          ))
      ? "batch-innermost"
      : "written";
    layouts.set(node, layout);
    const context: Lowering = {
      layout,
      input: (index, wanted = layout) => nameOf(node.inputs[index]!, wanted),
      isUsed: (index) => used.has(node.outputs[index]!),
      emit,
      emitContrib,
      emitMany,
      integers,
      floats,
      reshape,
    };
    const result = node.lower(context);
    const results = typeof result === "string" ? [result] : result;
    node.outputs.forEach((value, index) => {
      const name = results[index];
      if (name !== undefined) {
        names.set(value, { [value.shape.length === 4 ? layout : "written"]: name });
      }
    });
  }
  return { nodes, initializers, sources, outputs: outputs.map((value) => nameOf(value, "written")) };
}
