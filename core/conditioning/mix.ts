/** An embedding in the shared space and how much it counts. */
export interface WeightedEmbedding {
  /** Of length 1. */
  readonly embedding: Float32Array;
  /** Its share; any positive number, shares are scaled to sum to 1. */
  readonly weight: number;
}

/**
 * How several prompts count together:
 *
 * - `unit`: Σ α C with Σ α = 1, brought back to length 1;
 * - `sum`: Σ α C (CoDi, section 3.2);
 * - `tokens`: each keeps context tokens of its own in cross-attention, whose scores get log α; what is no
 *   attention, and a network without context tokens, gets what `unit` gives.
 */
export const MIXING_RULES = ["unit", "sum", "tokens"] as const;

/** One of {@linkcode MIXING_RULES}. */
export type MixingRule = (typeof MIXING_RULES)[number];

/** The rule where none is named. */
export const USUAL_MIXING: MixingRule = "unit";

/**
 * Mixes prompts in the shared space: Σ α C with Σ α = 1 (CoDi, section 3.2).
 *
 * @param prompts One or more embeddings of one width, with weights.
 * @param rule Whether the mix is brought back to length 1, as all but `sum` do. A single embedding stays as
 * it is, and so does a mix of length 0, which opposite embeddings give.
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
  rule: MixingRule = USUAL_MIXING,
): Float32Array<ArrayBuffer> {
  const shares = promptShares(prompts);
  const first = prompts[0]!.embedding;
  const mixed = new Float64Array(first.length);
  prompts.forEach(({ embedding }, prompt) => {
    requireEqualWidths("mix", first, embedding);
    for (let i = 0; i < mixed.length; i++) mixed[i]! += shares[prompt]! * embedding[i]!;
  });
  const length = rule !== "sum" && prompts.length > 1 ? Math.sqrt(dot(mixed, mixed)) : 1;
  return Float32Array.from(mixed, (value) => length > 0 ? value / length : value);
}

/**
 * The shares α of prompts, which sum to 1.
 *
 * @param prompts One or more.
 * @returns Their shares, in order.
 * @throws {RangeError} If there are no prompts, or a weight is not positive and finite.
 *
 * @example Three to one
 * ```ts
 * import { promptShares } from "@codi/core/conditioning";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(promptShares([{ weight: 3 }, { weight: 1 }]), [0.75, 0.25]);
 * ```
 */
export function promptShares(prompts: readonly Pick<WeightedEmbedding, "weight">[]): number[] {
  if (prompts.length === 0) throw new RangeError("Cannot mix no prompts");
  for (const { weight } of prompts) {
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new RangeError(
        `Cannot mix a prompt with weight "${weight}": weights are positive numbers`,
      );
    }
  }
  const largest = Math.max(...prompts.map(({ weight }) => weight));
  const relative = prompts.map(({ weight }) => weight / largest); // so that their sum is finite
  const total = relative.reduce((sum, weight) => sum + weight, 0);
  return relative.map((weight) => weight / total);
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
