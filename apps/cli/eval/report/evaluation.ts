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
export function amountText({ quick, share }: Evaluation["about"]): string {
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
    readonly settings: Readonly<Record<string, unknown>>;
    readonly environment: readonly string[];
    readonly weights: Readonly<Record<string, string>>;
  };
  /** The parts, by their names on the command line. */
  readonly parts: Readonly<Record<string, EvaluatedPart>>;
}
