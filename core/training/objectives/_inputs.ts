import { input, type Value } from "../../graph/mod.ts";
import type { Network } from "../../modality/mod.ts";

/** The graph inputs of a network at a batch size. */
export function inputsOf(network: Network, batch: number): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(network.inputs(batch)).map((
      [name, { shape, dtype }],
    ) => [name, input(name, shape, dtype)]),
  );
}
