import type { Setting } from "./_outputs.ts";
import { type GenerateBatchRequest, MOST_CANDIDATES, type SampleRequest } from "./request.ts";

/** One of the samples that are generated side by side. */
export type Sample = Required<SampleRequest>;

/** The samples of a request, each with all that it is made from. */
export function samplesOf(
  { prompts, seed = 0, count = 1, first = 0, samples }: GenerateBatchRequest,
): Sample[] {
  if (samples !== undefined) {
    return samples.map((one, place) => ({ prompts, seed, number: place, ...one }));
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot generate "${count}" samples: the count is a whole number from 1`);
  }
  return Array.from({ length: count }, (_, place) => ({ prompts, seed, number: first + place }));
}

/** The most that noise is shifted: beyond, timesteps coincide. */
const MOST_SHIFT = 1000;

/** Refuses numbers that are out of their range. */
export function checkRequest(
  { to, first = 0, samples, guidance, candidates, environment, shift, ahead = 0 }:
    GenerateBatchRequest,
  steps: number,
): void {
  if (to.length === 0) {
    throw new RangeError("Cannot generate nothing: name at least one modality");
  }
  if (samples?.length === 0) throw new RangeError("Cannot generate no samples: give at least one");
  if (!Number.isInteger(first) || first < 0) {
    throw new RangeError(
      `Cannot begin with sample "${first}": the first one's number is a whole one from 0`,
    );
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`Cannot sample in "${steps}" steps: the number is a whole one from 1`);
  }
  if (!(ahead >= 0 && ahead <= 1)) {
    throw new RangeError(`Cannot hear outputs at "${ahead}" of their timestep: it is from 0 to 1`);
  }
  for (const count of valuesOf(candidates)) {
    if (!Number.isInteger(count) || count < 1 || count > MOST_CANDIDATES) {
      throw new RangeError(
        `Cannot try "${count}" candidates: the number is a whole one from 1 to ${MOST_CANDIDATES}`,
      );
    }
  }
  for (const scale of [...valuesOf(guidance), ...valuesOf(environment)]) {
    if (!Number.isFinite(scale)) {
      throw new RangeError(`Cannot guide with the scale "${scale}": it takes a finite number`);
    }
  }
  for (const factor of valuesOf(shift)) {
    if (!(factor >= 1 / MOST_SHIFT && factor <= MOST_SHIFT)) {
      throw new RangeError(
        `Cannot shift noise by "${factor}": the factor is from ${1 / MOST_SHIFT} to ${MOST_SHIFT}`,
      );
    }
  }
}

/** The numbers that are set, of all outputs or by modality. */
function valuesOf(setting: Setting | undefined): number[] {
  const values = typeof setting === "object" ? Object.values(setting) : [setting];
  return values.filter((value) => value !== undefined);
}
