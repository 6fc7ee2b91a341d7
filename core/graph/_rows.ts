import type { Lowering } from "./lowering.ts";

/**
 * Rows of a matrix that are counted by (second, first), put in the order of (first, second). The
 * runtime moves whole rows far faster than it turns the axes around.
 *
 * @param name A matrix [second · first, columns].
 * @param first The length that becomes the outer one.
 * @param second The length that becomes the inner one.
 * @returns [first · second, columns].
 */
export function moveRows(
  { emit, integers }: Lowering,
  name: string,
  first: number,
  second: number,
): string {
  const order = Array.from(
    { length: first * second },
    (_, place) => (place % second) * first + Math.floor(place / second),
  );
  return emit("Gather", [name, integers(order)], { axis: 0 });
}
