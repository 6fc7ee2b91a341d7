import { shiftedTime } from "./shifted_time.ts";

/** How a sampler's timesteps are spread over the training timesteps. */
export type TimestepSpacing = "leading" | "trailing" | "linspace";

/**
 * Which timesteps a sampler evaluates the network at:
 *
 * - `whole` (DDPM, DDIM): `steps` whole timesteps;
 * - `fractional` (Euler, ancestral Euler, Heun): the same, but those of `linspace` are not rounded;
 * - `open` (DPM-Solver++, UniPC): `leading` and `linspace` divide the schedule by `steps + 1` points
 *   and leave the cleanest one out, as the last step goes from the one before straight to clean.
 */
export type TimestepGrid = "whole" | "fractional" | "open";

/** How many timesteps, and where. */
export interface TimestepOptions {
  /** The number of sampling steps, from 1 to the number of training steps. */
  readonly steps: number;
  /**
   * How they are spread. Only `trailing` begins at the last training timestep with every number of
   * steps, so only it fits a schedule that ends in pure noise.
   * @default "trailing"
   */
  readonly spacing?: TimestepSpacing;
  /**
   * Added to the timesteps of `leading` spacing; Stable Diffusion's published weights use 1.
   * @default 0
   */
  readonly offset?: number;
  /**
   * Moves them towards noise, or away from it, as {@linkcode shiftedTime} does: with it the cosine
   * schedule has σ/α `shift` times as large at every step. They are not rounded then.
   * @default 1
   */
  readonly shift?: number;
}

/**
 * The timesteps of a sampler, noisiest first: Lin et al. 2023, table 2, with the numbers of diffusers.
 *
 * @param trainingSteps The number of timesteps the network was trained on.
 * @param options How many timesteps, and how they are spread.
 * @param grid What the sampler asks for.
 * @returns `steps` falling timesteps in [0, trainingSteps − 1].
 * @throws {RangeError} If the number of steps or the offset does not fit the schedule, the spacing is
 * unknown, or the shift is not positive.
 *
 * @example The three spacings
 * ```ts
 * import { timesteps } from "@codi/core/diffusion";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(timesteps(1000, { steps: 4, spacing: "trailing" }), [999, 749, 499, 249]);
 * assertEquals(timesteps(1000, { steps: 4, spacing: "leading" }), [750, 500, 250, 0]);
 * assertEquals(timesteps(1000, { steps: 4, spacing: "linspace" }), [999, 666, 333, 0]);
 * ```
 */
export function timesteps(
  trainingSteps: number,
  options: TimestepOptions,
  grid: TimestepGrid = "whole",
): number[] {
  const { shift = 1 } = options;
  const last = trainingSteps - 1;
  const even = evenTimesteps(trainingSteps, options, grid);
  return shift === 1 ? even : even.map((timestep) => last * shiftedTime(timestep / last, shift));
}

function evenTimesteps(
  trainingSteps: number,
  options: TimestepOptions,
  grid: TimestepGrid,
): number[] {
  const { steps, spacing = "trailing", offset = 0 } = options;
  const points = grid === "open" && spacing !== "trailing" ? steps + 1 : steps;
  if (!Number.isInteger(steps) || steps < 1 || points > trainingSteps) {
    const most = trainingSteps - (points - steps);
    throw new RangeError(
      `Cannot sample in "${steps}" steps: it takes a whole number from 1 to ${most}`,
    );
  }
  const descending = Array.from({ length: steps }, (_, i) => points - 1 - i);
  switch (spacing) {
    case "trailing": {
      const ratio = trainingSteps / steps;
      return descending.map((_, i) => roundHalfEven(trainingSteps - i * ratio) - 1);
    }
    case "leading": {
      const ratio = Math.floor(trainingSteps / points);
      const first = (points - 1) * ratio + offset;
      if (!Number.isInteger(offset) || offset < 0 || first >= trainingSteps) {
        throw new RangeError(
          `Cannot add the offset "${offset}" to ${steps} leading timesteps: it takes a whole number from 0 to ${
            trainingSteps - 1 - (points - 1) * ratio
          }`,
        );
      }
      return descending.map((point) => point * ratio + offset);
    }
    case "linspace": {
      const width = points === 1 ? 0 : (trainingSteps - 1) / (points - 1);
      return descending.map((point) => {
        const timestep = point === points - 1 && points > 1 ? trainingSteps - 1 : point * width;
        return grid === "fractional" ? Math.fround(timestep) : roundHalfEven(timestep);
      });
    }
    default:
      throw new RangeError(
        `Cannot space timesteps by "${spacing}": it is none of leading, trailing, linspace`,
      );
  }
}

/** Rounds as NumPy does: halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
