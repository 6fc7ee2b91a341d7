import { isDeepStrictEqual } from "node:util";
import type { PartReport } from "../part.ts";

/** A part of a report: its figures, or why there are none yet. */
export interface EvaluatedPart extends Partial<PartReport> {
  /** Its name. */
  readonly title: string;
  /** How to read its figures. */
  readonly about: string;
  /** What kept it from being measured, if anything did. */
  readonly pending?: string;
}

/**
 * How much was measured, to stand behind the settings.
 *
 * @param about What was measured, and how.
 * @returns Words that begin with "; ", or none for a whole evaluation.
 */
export function amountText({ quick, share, count }: Evaluation["about"]): string {
  if (count !== undefined) return `; ${count} samples of each seed and row of prompts and score`;
  if (quick) return "; a quick run with few samples";
  return share < 1 ? `; ${Math.round(100 * share)} % of a whole evaluation's samples` : "";
}

/** A whole evaluation: the content of `evaluation.json`. */
export interface Evaluation {
  /** What was measured, and how. */
  readonly about: {
    readonly dataset: string;
    readonly plugins: Readonly<Record<string, string>>;
    readonly quick: boolean;
    /** How much of the samples of a whole evaluation was asked for. */
    readonly share: number;
    /** Samples of each seed and row, where that was asked for. */
    readonly count?: number;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly environment: readonly string[];
    readonly weights: Readonly<Record<string, string>>;
  };
  /** The parts, by their names on the command line. */
  readonly parts: Readonly<Record<string, EvaluatedPart>>;
}

/**
 * Whether an evaluation was made in some way: on the same data set, with the same settings and amount of
 * samples, and with at least the same weights.
 *
 * @param evaluation The evaluation.
 * @param about The way.
 * @returns Whether its figures are what would be measured so.
 */
export function holds({ about: made }: Evaluation, about: Evaluation["about"]): boolean {
  const way = ({ dataset, quick, share, count, settings }: Evaluation["about"]) => ({
    dataset,
    quick,
    share,
    count,
    settings,
  });
  return isDeepStrictEqual(way(made), way(about)) &&
    Object.entries(about.weights).every(([part, digest]) => made.weights[part] === digest);
}
