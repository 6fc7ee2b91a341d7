/** A line of the report. */
export interface Row {
  /** What was measured. */
  readonly name: string;
  /** The figure, with its interval and the number of samples. */
  readonly value: string;
  /** Controls, ceiling and chance, by name. */
  readonly beside?: Readonly<Record<string, string>>;
  /** What is expected at first, and aimed at; left out where nothing was promised. */
  readonly expected?: { readonly first: string; readonly goal: string };
  /** How the figure stands to that. */
  readonly verdict?: "goal met" | "first met" | "missed";
  /** The likely cause, if it is missed. */
  readonly cause?: string;
}

/** A table of figures without expectations. */
export interface Table {
  /** What it shows. */
  readonly title: string;
  /** The columns' names, that of the rows first. */
  readonly columns: readonly string[];
  /** The cells, row by row. */
  readonly rows: readonly (readonly string[])[];
}
