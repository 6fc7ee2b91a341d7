import type { Value } from "./value.ts";

/** How a shape reads in a message. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** A shape error: names the operator and the shapes, says what would be right. */
export function shapeError(operator: string, values: readonly Value[], remedy: string): RangeError {
  const shapes = values.map((value) => showShape(value.shape)).join(" and ");
  return new RangeError(`Cannot trace "${operator}" of shapes ${shapes}: ${remedy}`);
}

/** The shape two shapes broadcast to, or undefined. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

/** Axes counted from the front, negative ones from the back. */
export function normalizeAxis(operator: string, value: Value, axis: number): number {
  const rank = value.shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new RangeError(
      `Cannot trace "${operator}" of shape ${
        showShape(value.shape)
      }: axis "${axis}" is not within ±${rank}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** The product of some lengths. */
export function product(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total * length, 1);
}
