import type { DType } from "./dtype.ts";
import type { Lowering } from "./lowering.ts";

/** The shape and element type of a value. */
export interface ValueType {
  /** The length of each axis; all shapes are static. */
  readonly shape: readonly number[];
  /** The element type. */
  readonly dtype: DType;
}

/** One result of a node: what operators take and return. */
export interface Value extends ValueType {
  /** The node this value comes from. */
  readonly node: Node;
  /** Which of the node's outputs it is. */
  readonly index: number;
}

/**
 * A node of the graph: what an operator reads and returns, and the two halves of its definition, how
 * it appears in ONNX and in the gradient. Nodes only ever point to older ones.
 */
export interface Node {
  /** Grows with every node made, so that ids are a topological order. */
  readonly id: number;
  /** The operator's name, as errors show it. */
  readonly operator: string;
  /** The values it reads. */
  readonly inputs: readonly Value[];
  /** The node's results. */
  readonly outputs: readonly Value[];
  /** Set for what is fed or bound from outside. */
  readonly source?: Source;
  /**
   * Whether the operator can compute with the batch innermost. `"any"` follows its inputs,
   * `"batch-innermost"` asks for it; left out, inputs and outputs keep their written order of axes.
   */
  readonly layout?: "any" | "batch-innermost";
  /** Floating-point operations of the matrix products in it; 0 if left out. */
  readonly flops?: number;
  /** Emits the ONNX nodes and returns the name of each output. */
  lower(context: Lowering): string | string[];
  /**
   * The gradient of each input from the gradients of the outputs (`undefined` where nothing flows).
   * Only what the final graph uses is ever emitted, so all may be returned.
   */
  gradient?(
    gradients: readonly (Value | undefined)[],
    outputs: readonly Value[],
  ): (Value | undefined)[];
}

/** What a node without inputs stands for. */
export type Source =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "constant"; readonly data: Float32Array | BigInt64Array | Uint8Array };

/** What an operator says of a node; outputs are given by their types. */
export interface NodeSpec extends Omit<Node, "id" | "outputs" | "source"> {
  /** The types of what it returns. */
  readonly outputs: readonly ValueType[];
}

let nextId = 0;

/** Makes a node and returns all its outputs. */
export function makeNode(spec: NodeSpec, source?: Source): readonly Value[] {
  const outputs: Value[] = [];
  const node: Node = { ...spec, id: nextId++, outputs, ...(source && { source }) };
  spec.outputs.forEach(({ shape, dtype }, index) => outputs.push({ shape, dtype, node, index }));
  return outputs;
}

/** Makes a node with one output and returns it. */
export function makeValue(spec: NodeSpec): Value {
  return makeNode(spec)[0]!;
}

function makeSource({ shape, dtype }: ValueType, source: Source): Value {
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(`Cannot make a value of shape [${shape}]: lengths are whole numbers`);
    }
  }
  const lower = (): never => {
    throw new Error(`The ${source.kind} is bound by the program, not lowered`);
  };
  const outputs = [{ shape: [...shape], dtype }];
  return makeNode({ operator: source.kind, inputs: [], outputs, lower }, source)[0]!;
}

/**
 * A value fed at every run.
 *
 * @param name What feeds call it; unique in a program.
 * @param shape The length of each axis.
 * @param dtype The element type.
 * @returns The value.
 * @throws {RangeError} If a length is not a whole number.
 */
export function input(name: string, shape: readonly number[], dtype: DType = "float32"): Value {
  return makeSource({ shape, dtype }, { kind: "input", name });
}

/**
 * A trained value: an input of the training program, a constant of the inference program. Layers get
 * theirs from a scope, which names them.
 *
 * @param name Its name among the weights; unique in a program.
 * @param shape The length of each axis.
 * @returns The value, float32.
 * @throws {RangeError} If a length is not a whole number.
 */
export function parameter(name: string, shape: readonly number[]): Value {
  return makeSource({ shape, dtype: "float32" }, { kind: "parameter", name });
}

/**
 * A fixed float32 value.
 *
 * @param data A number, or numbers in row-major order; they are copied.
 * @param shape Left out, a number is a scalar and an array has one axis.
 * @returns The value.
 * @throws {RangeError} If the count does not fit the shape.
 */
export function constant(data: number | ArrayLike<number>, shape?: readonly number[]): Value {
  const values = typeof data === "number" ? Float32Array.of(data) : Float32Array.from(data);
  const own = typeof data === "number" ? [] : [values.length];
  return makeConstant(values, { shape: shape ?? own, dtype: "float32" });
}

/**
 * A fixed int64 value, for indices.
 *
 * @param data Whole numbers in row-major order; they are copied.
 * @param shape One axis if left out.
 * @returns The value.
 * @throws {RangeError} If a number is not whole, or the count does not fit the shape.
 */
export function integers(data: ArrayLike<number>, shape?: readonly number[]): Value {
  const values = BigInt64Array.from(Array.from(data, (value) => BigInt(value)));
  return makeConstant(values, { shape: shape ?? [values.length], dtype: "int64" });
}

function makeConstant(data: Float32Array | BigInt64Array, type: ValueType): Value {
  const count = type.shape.reduce((product, length) => product * length, 1);
  if (count !== data.length) {
    throw new RangeError(
      `Cannot make a constant of shape [${type.shape}] from ${data.length} values: it takes ${count}`,
    );
  }
  return makeSource(type, { kind: "constant", data });
}

/** A number where a value is expected stands for a scalar constant. */
export type Operand = Value | number;

/** The value of an operand. */
export function toValue(operand: Operand): Value {
  return typeof operand === "number" ? constant(operand) : operand;
}
