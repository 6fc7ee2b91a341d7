/** What is to be said of something. */
export interface Description {
  /** What it is. */
  readonly title: string;
  /** Labels and what is said under them, each text on a line of its own. */
  readonly rows: readonly (readonly [label: string, ...lines: string[]])[];
  /** The same for programs. */
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * A description for people.
 *
 * @param description What is to be said.
 * @returns The title, and the rows below it.
 */
export function descriptionText({ title, rows }: Description): string {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  const lines = rows.flatMap(([label, ...lines]) =>
    lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(width)}  ${line}\n`)
  );
  return `${title}\n${lines.join("")}`;
}

/**
 * A number of bytes for people.
 *
 * @param bytes The number.
 * @returns For example `12.0 MB`.
 */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * A number of parameters for people.
 *
 * @param count The number.
 * @returns For example `6.01 M`.
 */
export function countText(count: number): string {
  if (count < 1000) return `${count}`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} k` : `${(count / 1e6).toFixed(2)} M`;
}
