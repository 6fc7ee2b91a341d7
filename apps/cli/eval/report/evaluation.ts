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

/** A whole evaluation: the content of `evaluation.json`. */
export interface Evaluation {
  /** What was measured, and how. */
  readonly about: {
    readonly dataset: string;
    readonly plugins: Readonly<Record<string, string>>;
    readonly quick: boolean;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly environment: readonly string[];
    readonly weights: Readonly<Record<string, string>>;
  };
  /** The parts, by their names on the command line. */
  readonly parts: Readonly<Record<string, EvaluatedPart>>;
}
