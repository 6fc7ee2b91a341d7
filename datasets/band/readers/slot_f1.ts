/** How well slots were found, pooled over scenes. */
export interface SlotScore {
  /** How many slots were found within the tolerance of an actual one, each used once. */
  readonly matched: number;
  /** How many slots were read. */
  readonly predicted: number;
  /** How many slots hold a stroke. */
  readonly actual: number;
  /** The harmonic mean of precision and recall; 1 if there is nothing to find and nothing was. */
  readonly f1: number;
}

/** How many ascending slots pair up; going through both in order misses no pair. */
function pairs(predicted: readonly number[], actual: readonly number[], tolerance: number): number {
  let count = 0;
  let next = 0;
  for (const slot of predicted) {
    while (next < actual.length && actual[next]! < slot - tolerance) next++;
    if (next < actual.length && actual[next]! <= slot + tolerance) {
      count++;
      next++;
    }
  }
  return count;
}

/**
 * The F1 score of slots read from clips or sounds, pooled over scenes: 2 · matched / (predicted +
 * actual).
 *
 * @param predicted The slots read from each scene, ascending.
 * @param actual The slots that hold a stroke in each scene, ascending.
 * @param tolerance By how many slots a pair may differ; 0 takes exact slots alone.
 * @returns The counts and the score.
 * @throws {RangeError} If the numbers of scenes differ.
 *
 * @example One of three strokes a slot late
 * ```ts
 * import { slotF1 } from "@codi/band/readers";
 * import { assertEquals } from "@std/assert";
 *
 * const score = slotF1([[0, 5, 8]], [[0, 4, 8]]);
 * assertEquals(score, { matched: 2, predicted: 3, actual: 3, f1: 2 / 3 });
 * assertEquals(slotF1([[0, 5, 8]], [[0, 4, 8]], 1).f1, 1);
 * ```
 */
export function slotF1(
  predicted: readonly (readonly number[])[],
  actual: readonly (readonly number[])[],
  tolerance = 0,
): SlotScore {
  if (predicted.length !== actual.length) {
    throw new RangeError(
      `Cannot compare the slots of ${predicted.length} scenes: there are ${actual.length} to compare with`,
    );
  }
  const total = { matched: 0, predicted: 0, actual: 0 };
  predicted.forEach((slots, i) => {
    total.matched += pairs(slots, actual[i]!, tolerance);
    total.predicted += slots.length;
    total.actual += actual[i]!.length;
  });
  const all = total.predicted + total.actual;
  return { ...total, f1: all === 0 ? 1 : 2 * total.matched / all };
}
