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
 * Mixes prompts in the shared space: Σ α C with Σ α = 1 (CoDi, section 3.2).
 *
 * @param prompts One or more embeddings of one width, with weights.
 * @param rule Whether the mix is brought back to length 1. A single embedding stays as it is, and so
 * does a mix of length 0, which opposite embeddings give.
 * @returns The condition, [width].
 * @throws {RangeError} If there are no prompts, a weight is not positive and finite, or the widths
 * differ.
 *
 * @example Two prompts, one three times as strong
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
  const largest = Math.max(...prompts.map(({ weight }) => weight));
  let total = 0;
  for (const { embedding, weight } of prompts) {
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new RangeError(
        `Cannot mix a prompt with weight "${weight}": weights are positive numbers`,
      );
    }
    requireEqualWidths("mix", first.embedding, embedding);
    total += weight / largest; // so that no sum of finite weights is infinite
  }
  const mixed = new Float64Array(first.embedding.length);
  for (const { embedding, weight } of prompts) {
    const share = weight / largest / total;
    for (let i = 0; i < mixed.length; i++) mixed[i]! += share * embedding[i]!;
  }
  const length = rule === "unit" && prompts.length > 1 ? Math.sqrt(dot(mixed, mixed)) : 1;
  return Float32Array.from(mixed, (value) => length > 0 ? value / length : value);
}

type Vector = Float32Array | Float64Array;

function dot(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

function requireEqualWidths(action: string, a: Vector, b: Vector): void {
  if (a.length !== b.length) {
    throw new RangeError(
      `Cannot ${action} embeddings of ${a.length} and ${b.length} numbers: they are of different spaces`,
    );
  }
}

/**
 * The cosine of the angle between two embeddings.
 *
 * @param a An embedding of any length.
 * @param b Another one, of the same width.
 * @returns The cosine, in [−1, 1]; 0 if one of them has length 0, and so no direction.
 * @throws {RangeError} If the widths differ.
 *
 * @example Same, unrelated, opposite
 * ```ts
 * import { similarity } from "@codi/core/conditioning";
 * import { assertEquals } from "@std/assert";
 *
 * const a = Float32Array.of(3, 4);
 * assertEquals(similarity(a, Float32Array.of(6, 8)), 1);
 * assertEquals(similarity(a, Float32Array.of(-4, 3)), 0);
 * assertEquals(similarity(a, Float32Array.of(-3, -4)), -1);
 * ```
 */
export function similarity(a: Float32Array, b: Float32Array): number {
  requireEqualWidths("compare", a, b);
  const lengths = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
  return lengths > 0 ? Math.max(-1, Math.min(1, dot(a, b) / lengths)) : 0;
}
