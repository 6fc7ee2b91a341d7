import type { Tensor } from "../tensor/mod.ts";
import { assemble } from "./_assemble.ts";
import type { Value, ValueType } from "./value.ts";

/** The names in an ONNX file, each with shape and element type. */
export interface OnnxManifest {
  /** What a run is fed. */
  readonly inputs: Readonly<Record<string, ValueType>>;
  /** What a run returns. */
  readonly outputs: Readonly<Record<string, ValueType>>;
  /** The weights in the file: its initializers, besides unnamed constants whose names hold a "#". */
  readonly weights: Readonly<Record<string, ValueType>>;
}

/** An ONNX file and what it holds. */
export interface OnnxExport {
  /** The bytes of the `.onnx` file. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** Its names; plain data, to be kept beside it as JSON. */
  readonly manifest: OnnxManifest;
}

/**
 * Saves a network for other runtimes: an ONNX file of operator set 21 without extensions, with the
 * weights in it under their own names. Shapes are static, the batch included.
 *
 * @param outputs What the network computes, by name.
 * @param weights The weights, by name; those the outputs do not depend on are left out.
 * @returns The file's bytes and a manifest of its names.
 * @throws {RangeError} If a weight is missing or has the wrong shape, if two things share a name, or
 * if the file would exceed 2 GiB.
 *
 * @example A linear layer as a file
 * ```ts
 * import { exportOnnx, input } from "@codi/core/graph";
 * import { linear, Scope } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const scope = new Scope();
 * const y = linear(scope.at("head"), input("x", [1, 3]), 2);
 * const { model, manifest } = exportOnnx({ y }, scope.initialWeights(0));
 * assertEquals(Object.keys(manifest.weights), ["head.weight", "head.bias"]);
 * assertEquals(manifest.outputs, { y: { shape: [1, 2], dtype: "float32" } });
 * // await Deno.writeFile("head.onnx", model);
 * assertEquals(model.length > 0, true);
 * ```
 */
export function exportOnnx(
  outputs: Readonly<Record<string, Value>>,
  weights: Readonly<Record<string, Tensor>>,
): OnnxExport {
  const { model, inputs, outputs: results, weights: stored } = assemble(outputs, {
    action: "export a network",
    batchInnermost: false,
    fused: false,
    outputName: (name) => name,
    weightOf: (name) => {
      const weight = weights[name];
      if (weight === undefined) {
        throw new RangeError(`Cannot export a network: no weight named "${name}"`);
      }
      return weight;
    },
  });
  return { model, manifest: { inputs, outputs: results, weights: stored } };
}
