import type { Estimate } from "../metrics/bootstrap.ts";
import { shortEstimate, shortShare } from "../figures.ts";
import { shuffledPairs } from "../metrics/agreement.ts";
import type { Found } from "../part.ts";
import type { Share } from "../statistics.ts";
import { type Sampled, sceneOf } from "../trial.ts";

/** Samples of a trial. */
export type Samples = readonly Sampled[];

/** Why a row of this part is missed; `known` is said in place of the usual cause. */
export function causeOf({ joined }: Found, known?: string): string {
  return joined.length === 0
    ? "environment not trained: outputs share nothing but the prompt"
    : known ?? "the environment stage was short on two cores; each output's own errors add up";
}

/** Why clips do not keep to a drawing style. */
export const STYLE_CAUSE =
  "made clips have no clear style: the clip network changes it between timesteps 900 and 700, " +
  "whatever it hears";

/** The same scenes made in other ways, by name; undefined where that was not measured. */
export type Variants = Readonly<Record<string, Samples | undefined>>;

/** A figure of every variant, for the counts. */
export function variantFigures<T>(
  variants: Variants,
  figure: (samples: Samples) => T,
): Record<string, T | undefined> {
  return Object.fromEntries(
    Object.entries(variants).map(([name, some]) => [name, some && figure(some)]),
  );
}

/** Figures of the variants that were measured, with their intervals. */
export function besideOf(
  variants: Variants,
  figure: (samples: Samples) => Share | Estimate,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variants).flatMap(([name, samples]) => {
      if (samples === undefined || samples.length === 0) return [];
      const value = figure(samples);
      return [[name, "share" in value ? shortShare(value) : shortEstimate(value)]];
    }),
  );
}

/** What two halves show of something, with the sample that each comes from. */
export interface Half<T> {
  /** The sample. */
  readonly one: Sampled;
  /** What it shows. */
  readonly seen: T;
}

/** Two halves. */
export type HalfPair<T> = readonly [Half<T>, Half<T>];

/**
 * Pairs whose second half comes from another sample of the same prompt; where there are too few of one
 * prompt, from any other sample.
 *
 * @param pairs The pairs.
 * @param promptOf What the prompt says of a scene.
 * @returns The pairs, and what to call them.
 */
export function shuffledWithin<T>(
  pairs: readonly HalfPair<T>[],
  promptOf: (scene: ReturnType<typeof sceneOf>) => string,
): { readonly name: string; readonly pairs: readonly HalfPair<T>[] } {
  const within = shuffledPairs<Half<T>>(pairs, ([{ one }]) => promptOf(sceneOf(one)));
  return within.length >= pairs.length / 2
    ? { name: "shuffled", pairs: within }
    : { name: "shuffled over prompts", pairs: shuffledPairs<Half<T>>(pairs, () => true) };
}
