import type { OnnxAttribute } from "./onnx.ts";

/**
 * The order in which a rank-4 value lies in memory. Shapes are always written
 * [batch, channels, height, width]; `"batch-innermost"` stores [channels, height, width, batch],
 * in which every shift of a small map is a long copy and every convolution one large product.
 */
export type Layout = "written" | "batch-innermost";

/** Where an axis of the written order lies with the batch innermost. */
export function innermostAxis(axis: number): number {
  return (axis + 3) % 4;
}

/** Where an axis of the written order lies in a layout. */
export function axisIn(layout: Layout, axis: number): number {
  return layout === "batch-innermost" ? innermostAxis(axis) : axis;
}

/** What a node sees while it is turned into ONNX nodes. */
export interface Lowering {
  /** The layout this node computes in; rank-4 outputs must be returned in it. */
  readonly layout: Layout;
  /** Whether ONNX Runtime's own operators, of the `com.microsoft` domain, may be used. */
  readonly fused: boolean;
  /**
   * The name of an input. Rank-4 inputs come in the node's layout unless another is asked for;
   * with the batch innermost, lower ranks above 0 are viewed as rank 4 (leading ones added) first.
   */
  input(index: number, layout?: Layout): string;
  /** Whether anything reads the output of that index. */
  isUsed(index: number): boolean;
  /** Emits an ONNX node with one output, or finds an equal one, and returns the output's name. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  /** As `emit`, for operators of the `com.microsoft` domain. */
  emitContrib(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
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
