import { FRAME_COUNT, FRAME_RATE } from "./clip.ts";

/** Clocks of files tick in hundredths of a second, or slower than they say by as much. */
const TOLERANCE = 0.01;

/** When the frames of a clip are seen, in seconds of the file. */
export function sampleTimes(start: number): number[] {
  return Array.from({ length: FRAME_COUNT }, (_, frame) => start + frame / FRAME_RATE + TOLERANCE);
}

/** Which of the frames that begin at certain times each of a clip's frames shows: the last begun. */
export function framesShown(begins: readonly number[], start: number): number[] {
  return sampleTimes(start).map((time) => {
    const next = begins.findIndex((begin) => begin > time);
    return Math.max(0, (next < 0 ? begins.length : next) - 1);
  });
}

/** Checks where reading begins. */
export function requireStart(start: number, duration: number): void {
  if (!(start >= 0 && (start === 0 || start < duration))) {
    throw new RangeError(
      `Cannot read a clip from second ${start} on: the file lasts ${+duration.toFixed(3)} seconds`,
    );
  }
}
