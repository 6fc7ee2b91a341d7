/** How many strokes a scene has. */
export type StrokeCount = 1 | 2 | 3 | 4;

/** The slots that hold a stroke, ascending. */
export type Rhythm = readonly number[];

/** Every possible number of strokes. */
export const STROKE_COUNTS: readonly StrokeCount[] = [1, 2, 3, 4];

/** How many slots a scene's two seconds are divided into; a video frame is one slot. */
export const SLOTS = 16;

/** The fewest slots from one stroke to the next, and from the last to the end of the scene. */
export const STROKE_SLOTS = 3;

function enumerate(count: number, first: number): Rhythm[] {
  if (count === 0) return [[]];
  const rhythms: Rhythm[] = [];
  for (let slot = first; slot + count * STROKE_SLOTS <= SLOTS; slot++) {
    for (const rest of enumerate(count - 1, slot + STROKE_SLOTS)) rhythms.push([slot, ...rest]);
  }
  return rhythms;
}

const RHYTHMS: readonly (readonly Rhythm[])[] = [0, ...STROKE_COUNTS].map((n) => enumerate(n, 0));

/**
 * Every rhythm of a number of strokes: the sets of slots that leave each stroke
 * {@linkcode STROKE_SLOTS} slots to sound in. There are 14, 66, 120 and 70 of them.
 *
 * @param count The number of strokes.
 * @returns The rhythms, in lexical order.
 */
export function rhythmsOf(count: StrokeCount): readonly Rhythm[] {
  return RHYTHMS[count]!;
}
