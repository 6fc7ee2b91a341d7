/** Writes ONNX model files: the protocol-buffer messages of onnx.proto that a program needs. */

import type { DType } from "./dtype.ts";

/** The ONNX operator set that programs are written in, and the file format that came with it. */
const OPSET = 21;
const IR_VERSION = 10;

/** An attribute of an ONNX node; whole numbers in arrays are written as ints. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** One ONNX node. */
export interface OnnxNode {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A constant of an ONNX graph. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint8Array;
}

/** An input or output of an ONNX graph. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A whole ONNX graph. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

const ELEMENT_TYPE: Record<DType, number> = { float32: 1, int64: 7, bool: 9 };
const utf8 = new TextEncoder();

/** Collects the bytes of one message; nested messages are written as parts without copying. */
class Message {
  readonly parts: Uint8Array[] = [];
  length = 0;

  #push(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }

  #varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    do {
      const low = Number(rest & 127n);
      rest >>= 7n;
      bytes.push(rest === 0n ? low : low | 128);
    } while (rest !== 0n);
    this.#push(Uint8Array.from(bytes));
  }

  int(field: number, value: number | bigint): this {
    this.#varint(field << 3);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint((field << 3) | 5);
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    this.#push(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, value: Message): this {
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    for (const part of value.parts) this.parts.push(part); // too many to spread
    this.length += value.length;
    return this;
  }
}

function attributeMessage(name: string, value: OnnxAttribute): Message {
  const message = new Message().string(1, name);
  if (typeof value === "string") return message.string(4, value).int(20, 3);
  if (typeof value === "number") return message.int(3, value).int(20, 2);
  if ("float" in value) return message.float(2, value.float).int(20, 1);
  for (const item of value) message.int(8, item);
  return message.int(20, 7);
}

function nodeMessage(node: OnnxNode): Message {
  const message = new Message();
  for (const name of node.inputs) message.string(1, name);
  for (const name of node.outputs) message.string(2, name);
  message.string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(5, attributeMessage(name, value));
  }
  return node.domain === "" ? message : message.string(7, node.domain);
}

function initializerMessage({ name, dtype, shape, data }: OnnxInitializer): Message {
  const message = new Message();
  for (const length of shape) message.int(1, length);
  return message.int(2, ELEMENT_TYPE[dtype]).string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfoMessage({ name, dtype, shape }: OnnxValueInfo): Message {
  const dimensions = new Message();
  for (const length of shape) dimensions.message(1, new Message().int(1, length));
  const tensorType = new Message().int(1, ELEMENT_TYPE[dtype]).message(2, dimensions);
  return new Message().string(1, name).message(2, new Message().message(1, tensorType));
}

/**
 * The bytes of an ONNX model.
 *
 * @param graph The graph to write.
 * @returns The model file, readable by any ONNX runtime that has the `com.microsoft` operators used.
 * @throws {RangeError} If the model exceeds 2 GiB, the limit of the format without external data.
 */
export function encodeModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const graphMessage = new Message();
  for (const node of graph.nodes) graphMessage.message(1, nodeMessage(node));
  graphMessage.string(2, "codi");
  for (const item of graph.initializers) graphMessage.message(5, initializerMessage(item));
  for (const item of graph.inputs) graphMessage.message(11, valueInfoMessage(item));
  for (const item of graph.outputs) graphMessage.message(12, valueInfoMessage(item));
  const model = new Message().int(1, IR_VERSION).string(2, "codi").message(7, graphMessage)
    .message(8, new Message().string(1, "").int(2, OPSET));
  for (const domain of new Set(graph.nodes.map((node) => node.domain))) {
    if (domain !== "") model.message(8, new Message().string(1, domain).int(2, 1));
  }
  if (model.length >= 2 ** 31) {
    throw new RangeError(
      `Cannot write an ONNX model of ${model.length} bytes: the format holds 2 GiB without external data`,
    );
  }
  const bytes = new Uint8Array(model.length);
  let offset = 0;
  for (const part of model.parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
