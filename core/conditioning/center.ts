import { stopGradient, sub, type Value } from "../graph/mod.ts";
import { normalizeLength, type Scope } from "../nn/mod.ts";

/** The name of the weight that holds a modality's mean embedding. */
export const CENTER = "center";

/**
 * Moves embeddings off their modality's mean, which closes most of the gap between modalities (Liang
 * et al., 2022), and back to length 1. The mean is a weight that training leaves alone; it is measured
 * after the alignment, and zero before.
 *
 * @param embedding [batch, width], of length 1.
 * @returns [batch, width], of length 1.
 */
export function centered(scope: Scope, embedding: Value): Value {
  const center = stopGradient(scope.parameter(CENTER, [embedding.shape[1]!], "zeros"));
  return normalizeLength(sub(embedding, center));
}
