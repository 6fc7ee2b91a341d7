import type { Lab } from "./lab.ts";
import type { Row, Table } from "./row.ts";
import type { Sampled, Trial } from "./trial.ts";

/** How much is measured. */
export interface Scale {
  /** Whether this is a first impression. */
  readonly quick: boolean;
  /** The number of seeds of headline figures. */
  readonly seeds: number;
  /** How much of each trial's samples is generated, in (0, 1]. */
  readonly share: number;
  /** How many samples of each row the part `prompts` takes; its own number if undefined. */
  readonly count: number | undefined;
  /** One number for a whole evaluation, another one for a quick one. */
  of(full: number, quick: number): number;
}

/** What a part found. */
export interface PartReport {
  /** The figures. */
  readonly rows: readonly Row[];
  /** More of them. */
  readonly tables?: readonly Table[];
  /** What should be known of the figures. */
  readonly notes?: readonly string[];
  /** Every count behind them. */
  readonly counts: unknown;
}

/** Something that is measured in one piece and without a trial. */
export interface Measure {
  /** What the result hangs on beside weights. */
  readonly options: unknown;
  /** The weights it hangs on: modalities or their parts; all if left out. */
  readonly weights?: readonly string[];
  /** About how many seconds it takes on two cores. */
  readonly seconds: number;
  /** Measures it. */
  run(lab: Lab): Promise<unknown>;
}

/** What a part's pieces gave. */
export interface Found {
  /** The samples of each trial that could be measured. */
  readonly samples: Readonly<Record<string, readonly Sampled[]>>;
  /** Why the others could not. */
  readonly missing: Readonly<Record<string, string>>;
  /** What is not measured yet, as the time was over or more seeds follow; undefined if all is. */
  readonly unfinished?: string | undefined;
  /** The results of the measures. */
  // deno-lint-ignore no-explicit-any
  readonly measured: Readonly<Record<string, any>>;
  /** The modalities that know of each other. */
  readonly joined: readonly string[];
  /** How much was measured. */
  readonly scale: Scale;
}

/** A part of the evaluation: rows as data, and what they amount to. */
export interface Part {
  /** Its name on the command line. */
  readonly name: string;
  /** Its name in the report. */
  readonly title: string;
  /** How to read its figures. */
  readonly about: string;
  /**
   * A modality that does not come with the program: the part is left out where it is not there, unless it
   * was asked for by its name. Other parts do not look at that modality unless it is installed.
   */
  readonly guest?: string;
  /** The samples it looks at, by name. Equal trials of several parts are generated once. */
  trials?(scale: Scale): Readonly<Record<string, Trial>>;
  /** What else it measures, by name. */
  measures?(scale: Scale): Readonly<Record<string, Measure>>;
  /**
   * The figures: a pure function of what was found.
   *
   * @param found Samples and results, those that could be measured.
   * @returns The report.
   */
  report(found: Found): PartReport;
}
