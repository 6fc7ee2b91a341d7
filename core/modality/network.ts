import { buildProgram, input, type Program, type Value, type ValueType } from "../graph/mod.ts";
import { Scope } from "../nn/mod.ts";
import type { Feed } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";

/** Feeds of a network by input name; the first axis of each is the batch. */
export type Feeds = Readonly<Record<string, Feed>>;

/** A network that runs: a function of a scope and values, with the types of what it reads. */
export interface Network {
  /** What messages call it, for example `sketch decoder`. */
  readonly name: string;
  /** The inputs at a batch size; the first axis of each is the batch. */
  inputs(batch: number): Readonly<Record<string, ValueType>>;
  /** The outputs from the inputs, by name; the first axis of each is the batch. */
  trace(scope: Scope, inputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>>;
}

/** A network with its weights on a device. */
export interface RunningNetwork {
  /** The network. */
  readonly network: Network;
  /**
   * Runs the network on any number of samples.
   *
   * @param feeds All inputs; the first axis of each is the batch.
   * @param options An abort signal; it is looked at between pieces of a large batch, too.
   * @returns The outputs by name, of the same batch size.
   * @throws {RangeError} If the batch is empty, or a feed is missing, unknown or has the wrong shape.
   */
  run(
    feeds: Feeds,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Record<string, Tensor>>;
}

/**
 * The program of a network at a batch size, with constant weights.
 *
 * @param network The network.
 * @param weights All of its weights by name.
 * @param batch The first axis of every input.
 * @returns The program; {@linkcode openNetwork} makes those it needs by itself.
 * @throws {RangeError} If the network cannot be traced at this batch size.
 *
 * @example A program for two samples
 * ```ts
 * import { type Network, networkProgram } from "@codi/core/modality";
 * import { linear } from "@codi/core/nn";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const network: Network = {
 *   name: "sum",
 *   inputs: (batch) => ({ x: { shape: [batch, 3], dtype: "float32" } }),
 *   trace: (scope, { x }) => ({ y: linear(scope, x!, 1, { bias: false }) }),
 * };
 * const { inputs } = networkProgram(network, { weight: tensor([1, 3]) }, 2);
 * assertEquals(inputs["x"], { shape: [2, 3], dtype: "float32" });
 * ```
 */
export function networkProgram(
  network: Network,
  weights: Readonly<Record<string, Tensor>>,
  batch: number,
): Program {
  return buildProgram(traceNetwork(network, new Scope(), batch), { weights });
}

/**
 * Traces a network at a batch size with inputs of its own.
 *
 * @param network The network.
 * @param scope Names its parameters.
 * @param batch The first axis of every input.
 * @returns The outputs by name.
 * @throws {RangeError} If the network cannot be traced at this batch size.
 *
 * @example The shapes a network gives
 * ```ts
 * import { type Network, traceNetwork } from "@codi/core/modality";
 * import { linear, Scope } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const network: Network = {
 *   name: "double",
 *   inputs: (batch) => ({ x: { shape: [batch, 3], dtype: "float32" } }),
 *   trace: (scope, { x }) => ({ y: linear(scope, x!, 6) }),
 * };
 * assertEquals(traceNetwork(network, new Scope(), 4)["y"]?.shape, [4, 6]);
 * ```
 */
export function traceNetwork(
  network: Network,
  scope: Scope,
  batch: number,
): Readonly<Record<string, Value>> {
  const inputs = Object.entries(network.inputs(batch));
  return network.trace(
    scope,
    Object.fromEntries(inputs.map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)])),
  );
}

/**
 * The names and shapes of a network's weights.
 *
 * @param network The network.
 * @returns The shapes by name.
 *
 * @example What a file of weights must hold
 * ```ts
 * import { type Network, weightShapes } from "@codi/core/modality";
 * import { linear } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const network: Network = {
 *   name: "double",
 *   inputs: (batch) => ({ x: { shape: [batch, 3], dtype: "float32" } }),
 *   trace: (scope, { x }) => ({ y: linear(scope.at("out"), x!, 6) }),
 * };
 * assertEquals(weightShapes(network), { "out.weight": [6, 3], "out.bias": [6] });
 * ```
 */
export function weightShapes(network: Network): Record<string, readonly number[]> {
  const scope = new Scope();
  traceNetwork(network, scope, 1);
  return scope.shapes();
}
