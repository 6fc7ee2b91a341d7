/** An embedding in the shared space and how much it counts. */
export interface WeightedEmbedding {
  /** Of length 1. */
  readonly embedding: Float32Array;
  /** Its share; any positive number, shares are scaled to sum to 1. */
  readonly weight: number;
}

/** How several embeddings become one. */
export type MixingRule =
  /** Σ α C with Σ α = 1 (CoDi, section 3.2). */
  | "sum"
  /** The same, brought back to length 1. */
  | "unit";

/**
 * Mixes prompts in the shared space.
 *
 * @param prompts One or more embeddings with weights.
 * @param rule How.
 * @returns The condition, as wide as the embeddings.
 * @throws {RangeError} If there are no prompts, or a weight is not positive and finite.
 *
 * @example Two prompts, one twice as strong
 * ```ts
 * import { mixEmbeddings } from "@codi/core/conditioning";
 * import { assertEquals } from "@std/assert";
 *
 * const mixed = mixEmbeddings([
 *   { embedding: Float32Array.of(1, 0), weight: 3 },
 *   { embedding: Float32Array.of(0, 1), weight: 1 },
 * ], "sum");
 * assertEquals([...mixed], [0.75, 0.25]);
 * ```
 */
export function mixEmbeddings(
  prompts: readonly WeightedEmbedding[],
  rule: MixingRule = "unit",
): Float32Array<ArrayBuffer> {
  const first = prompts[0];
  if (first === undefined) throw new RangeError("Cannot mix no prompts");
  let total = 0;
  for (const { weight } of prompts) {
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new RangeError(
        `Cannot mix a prompt with weight "${weight}": weights are positive numbers`,
      );
    }
    total += weight;
  }
  const mixed = new Float32Array(first.embedding.length);
  for (const { embedding, weight } of prompts) {
    for (let i = 0; i < mixed.length; i++) mixed[i]! += (weight / total) * embedding[i]!;
  }
  return rule === "unit" && prompts.length > 1 ? normalized(mixed) : mixed;
}

/** A vector scaled to length 1. */
function normalized(vector: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const length = Math.sqrt(dot(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector;
}

function dot(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** The cosine of the angle between two embeddings, in [−1, 1]. */
export function similarity(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
