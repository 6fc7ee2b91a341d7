/** A line on the terminal that is written over and over. */
export interface ProgressLine extends Disposable {
  /**
   * Shows how far the work is.
   *
   * @param done How much is done.
   * @param total How much there is to do.
   */
  show(done: number, total: number): void;
  /** Wipes the line, to be shown again. */
  clear(): void;
}

/** What a progress line is shown with. */
export interface ProgressLineOptions {
  /** What is being done, in a word or two. */
  readonly label: string;
  /** Writes to the terminal. */
  readonly report: (text: string) => void;
  /** How wide the terminal is; undefined if there is none, and then nothing is shown. */
  readonly columns: number | undefined;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
}

/**
 * Begins a progress line; it is wiped when it is disposed of.
 *
 * @param options What it says, and where.
 * @returns The line, bound with `using`.
 */
export function progressLine(options: ProgressLineOptions): ProgressLine {
  const { label, report, columns, now } = options;
  const begun = now();
  let shown = false;
  const wipe = () => {
    if (shown) report("\r\x1b[K");
    shown = false;
  };
  return {
    show: (done, total) => {
      if (columns === undefined) return;
      const secondsLeft = done === 0 ? undefined : (now() - begun) / 1000 * (total - done) / done;
      report(`\r\x1b[K${progressText({ label, done, total, secondsLeft, columns })}`);
      shown = true;
    },
    clear: wipe,
    [Symbol.dispose]: wipe,
  };
}

/**
 * The text of a progress line, as wide as the terminal at most.
 *
 * @param state How far the work is.
 * @returns The text, for example `image  ████░░░░  12/24  3 s left`.
 */
export function progressText(
  state: {
    readonly label: string;
    readonly done: number;
    readonly total: number;
    readonly secondsLeft: number | undefined;
    readonly columns: number;
  },
): string {
  const { label, done, total, secondsLeft, columns } = state;
  const figures = `${done}/${total}${
    secondsLeft === undefined ? "" : `  ${durationText(secondsLeft)} left`
  }`;
  const width = Math.min(30, columns - label.length - figures.length - 5);
  const full = Math.round(width * done / total);
  const bar = width < 4 ? "" : `${"█".repeat(full)}${"░".repeat(width - full)}  `;
  return `${label}  ${bar}${figures}`.slice(0, Math.max(0, columns - 1));
}

/**
 * A duration for people.
 *
 * @param seconds The duration.
 * @returns For example `8 s`, `3 min` or `2 h 5 min`.
 */
export function durationText(seconds: number): string {
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
