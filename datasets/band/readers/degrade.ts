import type { Random } from "@codi/core/random";
import { PICTURE_SIDE } from "../draw.ts";

const SIDE = PICTURE_SIDE;
const PLANE = SIDE * SIDE;

/** What is done to a picture, in this order. */
export interface Degradation {
  /**
   * The standard deviation of a Gaussian blur, in pixels.
   *
   * @default {0}
   */
  readonly blur?: number;
  /**
   * What the values of red, green and blue are multiplied by, around middle gray.
   *
   * @default {[1, 1, 1]}
   */
  readonly gain?: readonly [red: number, green: number, blue: number];
  /**
   * What is added to red, green and blue, values being in [−1, 1].
   *
   * @default {[0, 0, 0]}
   */
  readonly shift?: readonly [red: number, green: number, blue: number];
  /**
   * The standard deviation of independent noise, values being in [−1, 1].
   *
   * @default {0}
   */
  readonly noise?: number;
}

/** The kernel's right half, the centre first, summing to 1 with its mirror image. */
function halfKernel(deviation: number): number[] {
  const reach = Math.max(1, Math.ceil(2.5 * deviation));
  const half = Array.from(
    { length: reach + 1 },
    (_, i) => Math.exp(-(i * i) / (2 * deviation ** 2)),
  );
  const total = half.reduce((sum, value) => sum + 2 * value, -half[0]!);
  return half.map((value) => value / total);
}

/** Filters along one direction; beyond the edge the outermost value goes on. */
function filter(from: Float32Array, to: Float32Array, half: readonly number[], step: number): void {
  const across = step === 1 ? SIDE : 1;
  for (let line = 0; line < SIDE; line++) {
    const start = line * across;
    for (let i = 0; i < SIDE; i++) {
      let sum = from[start + i * step]! * half[0]!;
      for (let k = 1; k < half.length; k++) {
        const before = from[start + Math.max(0, i - k) * step]!;
        sum += half[k]! * (before + from[start + Math.min(SIDE - 1, i + k) * step]!);
      }
      to[start + i * step] = sum;
    }
  }
}

/**
 * Makes a picture worse, in place.
 *
 * @param picture The three planes of 64×64 values in [−1, 1]; noise and shifts may lead out of that range.
 * @param how What to do.
 * @param stream Where the noise comes from.
 * @throws {RangeError} If it is not one picture.
 */
export function degrade(picture: Float32Array, how: Degradation, stream: Random): void {
  const { blur = 0, gain = [1, 1, 1], shift = [0, 0, 0], noise = 0 } = how;
  if (picture.length !== 3 * PLANE) {
    throw new RangeError(
      `Cannot degrade a picture of ${picture.length} values: it takes ${
        3 * PLANE
      }, [3, ${SIDE}, ${SIDE}]`,
    );
  }
  const half = blur > 0 ? halfKernel(blur) : [];
  const buffer = new Float32Array(half.length > 0 ? PLANE : 0);
  for (let c = 0; c < 3; c++) {
    const plane = picture.subarray(c * PLANE, (c + 1) * PLANE);
    if (half.length > 0) {
      filter(plane, buffer, half, 1);
      filter(buffer, plane, half, SIDE);
    }
    const [factor, offset] = [gain[c]!, shift[c]!];
    if (factor !== 1 || offset !== 0) {
      for (let i = 0; i < PLANE; i++) plane[i] = plane[i]! * factor + offset;
    }
    if (noise > 0) {
      for (let i = 0; i < PLANE; i++) plane[i]! += noise * stream.normal();
    }
  }
}
