import { SLOTS } from "@codi/band";
import type { Tensor } from "@codi/core/tensor";

/** The least height of a peak beside the highest value. */
const PEAK = 0.1;

/** The slots of local maxima that are at least a tenth of the highest value. */
function peaksOf(values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const highest = Math.max(...all);
  if (highest <= 0) return [];
  return all.flatMap((value, i) =>
    value >= PEAK * highest && value > (all[i - 1] ?? 0) && value >= (all[i + 1] ?? 0) ? [i] : []
  );
}

/**
 * The frames of a clip in which most moves: maxima of the mean absolute difference to the frame
 * before, which takes the place of optical flow.
 *
 * @param clip [16, 3, 64, 64].
 * @returns The frames, ascending; none if nothing moves.
 */
export function motionPeaks({ shape, data }: Tensor): number[] {
  const frames = shape[0]!;
  const size = data.length / frames;
  const motion = new Float64Array(frames);
  for (let i = size; i < data.length; i++) {
    motion[Math.floor(i / size)]! += Math.abs(data[i]! - data[i - size]!) / size;
  }
  return Math.max(...motion) < 0.002 ? [] : peaksOf(motion); // less is a codec's or network's grain
}

/** Windows of a slot in which the level is taken. */
const WINDOWS = 4;

/**
 * The slots of a sound in which it begins or gets louder at once: maxima of how much the level rises,
 * in decibels above a floor of −50 below the loudest.
 *
 * @param sound [32000].
 * @returns The slots, ascending; none in silence.
 */
export function soundOnsets({ data }: Tensor): number[] {
  const size = data.length / (SLOTS * WINDOWS);
  const power = new Float64Array(SLOTS * WINDOWS);
  data.forEach((value, i) => power[Math.floor(i / size)]! += value * value / size);
  const loudest = Math.max(...power);
  if (loudest < 1e-8) return [];
  const level = power.map((value) => Math.max(0, 5 + Math.log10(value / loudest + 1e-12)));
  const rise = level.map((value, i) => Math.max(0, value - (i > 0 ? level[i - 1]! : 0)));
  const slots = Array.from(
    { length: SLOTS },
    (_, slot) => Math.max(...rise.subarray(slot * WINDOWS, (slot + 1) * WINDOWS)),
  );
  return peaksOf(slots);
}

/**
 * AV-Align (Yariv et al., 2023, section 4.2): peaks of sound and of motion that lie at most one frame
 * apart, each used once, of all peaks of both.
 *
 * @param sound The slots of the sound's onsets, ascending.
 * @param motion The frames in which most moves, ascending.
 * @returns From 0 to 1. Without any peak on either side it is 1, as a still clip fits silence; with
 * peaks on one side alone it is 0. The original leaves both undefined.
 */
export function avAlign(sound: readonly number[], motion: readonly number[]): number {
  if (sound.length + motion.length === 0) return 1;
  let matched = 0;
  let next = 0;
  for (const onset of sound) {
    while (next < motion.length && motion[next]! < onset - 1) next++;
    if (next < motion.length && motion[next]! <= onset + 1) {
      matched++;
      next++;
    }
  }
  return matched / (sound.length + motion.length - matched);
}
