/**
 * Time moved towards noise: what the cosine schedule has at the time that is returned is what it has at
 * `time` with σ/α `shift` times as large (Hoogeboom et al., 2023, "Simple diffusion", eq. 4). Large or
 * repetitive samples show their structure through more noise than small ones, and are decided there.
 *
 * @param time From 0, clean, to 1, noise.
 * @param shift A factor; 1 changes nothing, larger ones crowd even times towards 1.
 * @returns The moved time, in [0, 1].
 * @throws {RangeError} If the shift is not positive.
 *
 * @example Half of the times lie above 0.8
 * ```ts
 * import { shiftedTime } from "@codi/core/diffusion";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(shiftedTime(0.5, 3), 0.795, 1e-3);
 * ```
 */
export function shiftedTime(time: number, shift: number): number {
  if (!(shift > 0 && Number.isFinite(shift))) {
    throw new RangeError(`Cannot shift time by "${shift}": it takes a positive factor`);
  }
  if (shift === 1) return time;
  const angle = (Math.PI / 2) * time;
  return (2 / Math.PI) * Math.atan2(shift * Math.sin(angle), Math.cos(angle));
}
