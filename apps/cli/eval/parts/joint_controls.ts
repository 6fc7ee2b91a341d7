import { percentText } from "../figures.ts";
import type { Found } from "../part.ts";
import type { Sampled } from "../trial.ts";

/** Samples of a trial. */
export type Samples = readonly Sampled[];

/** Why a row of this part is missed. */
export function causeOf({ joined }: Found): string {
  return joined.length === 0
    ? "environment not trained: outputs share nothing but the prompt"
    : "the environment stage was short on two cores; each output's own errors add up";
}

/** Figures of the variants that were measured. */
export function besideOf(
  variants: Readonly<Record<string, Samples | undefined>>,
  figure: (samples: Samples) => number,
  digits?: number,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variants).flatMap(([name, samples]) =>
      samples === undefined
        ? []
        : [[name, digits ? figure(samples).toFixed(digits) : percentText(figure(samples))]]
    ),
  );
}
