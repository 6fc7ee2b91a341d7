import type { DatasetSplit } from "@codi/core/training";

/** A file, or a line of a manifest, that was left out. */
export interface SkippedFile {
  /** Its path within the folder; for a line of a manifest, `metadata.csv:3`. */
  readonly file: string;
  /** Why, without a final period. */
  readonly reason: string;
}

/** How many samples have the same modalities. */
export interface SampleGroup {
  /** What they have, the bridge's captions included. */
  readonly modalities: readonly string[];
  /** How many there are in each split. */
  readonly size: Readonly<Record<DatasetSplit, number>>;
}

/** What was found in a folder. */
export interface FolderReport {
  /** The folder, as it was given. */
  readonly path: string;
  /** The manifest that lists the samples; left out if the files' names do. */
  readonly manifest?: string;
  /** The samples by what they have, the largest group first. */
  readonly groups: readonly SampleGroup[];
  /** How many captions there are. */
  readonly captions: number;
  /** What was left out; hidden files are not mentioned. */
  readonly skipped: readonly SkippedFile[];
}

/** Options of {@linkcode reportText}. */
export interface ReportTextOptions {
  /** How many skipped files are named. @default {10} */
  readonly skipped?: number;
}

/**
 * A report for people.
 *
 * @param report What was found.
 * @param options How much to say.
 * @returns Some lines, each with its end.
 *
 * @example A folder with one broken file
 * ```ts
 * import { reportText } from "@codi/folder";
 * import { assertEquals } from "@std/assert";
 *
 * const text = reportText({
 *   path: "pets",
 *   groups: [{ modalities: ["image", "text"], size: { train: 18, test: 2 } }],
 *   captions: 25,
 *   skipped: [{ file: "cat.png", reason: "the file is empty" }],
 * });
 * assertEquals(
 *   text,
 *   `pets: 20 samples with 25 captions
 *   image + text: 18 to learn from, 2 to judge on
 *   skipped 1:
 *     cat.png: the file is empty
 * `,
 * );
 * ```
 */
export function reportText(
  { path, manifest, groups, captions, skipped }: FolderReport,
  { skipped: limit = 10 }: ReportTextOptions = {},
): string {
  const total = groups.reduce((sum, { size }) => sum + size.train + size.test, 0);
  const named = skipped.slice(0, limit).map(({ file, reason }) => `    ${file}: ${reason}`);
  const lines = [
    `${path}: ${counted(total, "sample")} with ${counted(captions, "caption")}${
      manifest === undefined ? "" : `, as ${manifest} lists them`
    }`,
    ...groups.map(({ modalities, size }) =>
      `  ${modalities.join(" + ")}: ${size.train} to learn from, ${size.test} to judge on`
    ),
    ...(skipped.length === 0 ? [] : [`  skipped ${skipped.length}:`, ...named]),
    ...(skipped.length > named.length ? [`    and ${skipped.length - named.length} more`] : []),
  ];
  // Names of files can hold whatever they like; terminals would obey it.
  // deno-lint-ignore no-control-regex
  return lines.map((line) => `${line.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "�")}\n`).join("");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
