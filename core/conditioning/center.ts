import { stopGradient, sub, type Value } from "../graph/mod.ts";
import { normalizeLength, type Scope } from "../nn/mod.ts";

/** The name of the weight that holds a modality's mean embedding. */
export const CENTER = "center";

/**
 * Moves embeddings off their modality's mean, which closes most of the gap between modalities (Liang
 * et al., 2022, section 4.2), and back to length 1. The mean is a weight that training leaves alone; it
 * is measured after the alignment, and zero before.
 *
 * @param scope Names the weight {@linkcode CENTER}, [width].
 * @param embedding [batch, width], of length 1.
 * @returns [batch, width], of length 1.
 *
 * @example Two embeddings around their mean
 * ```ts
 * import { CENTER, centered } from "@codi/core/conditioning";
 * import { buildProgram, input } from "@codi/core/graph";
 * import { Scope } from "@codi/core/nn";
 * import { openDevice } from "@codi/core/runtime";
 * import { tensor } from "@codi/core/tensor";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const moved = centered(new Scope(), input("embedding", [2, 2]));
 * const weights = { [CENTER]: tensor([2], Float32Array.of(0.5, 0.5)) };
 * await using device = openDevice({ threads: 1 });
 * const { run } = await device.load(buildProgram({ moved }, { weights }));
 * const result = await run({ embedding: tensor([2, 2], Float32Array.of(1, 0, 0, 1)) });
 * const half = Math.sqrt(0.5);
 * [half, -half, -half, half].forEach((value, i) =>
 *   assertAlmostEquals(result["moved"]!.data[i]!, value, 1e-6)
 * );
 * ```
 */
export function centered(scope: Scope, embedding: Value): Value {
  const center = stopGradient(scope.parameter(CENTER, [embedding.shape[1]!], "zeros"));
  return normalizeLength(sub(embedding, center));
}
