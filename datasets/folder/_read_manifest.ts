/** The rows of `metadata.csv` and `metadata.jsonl`, as Hugging Face's imagefolder names them. */

import type { AnyModality } from "@codi/core/modality";
import { type CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { captionsOf } from "./_captions.ts";
import type { SkippedFile } from "./report.ts";

/** The names that a manifest may have. */
export const MANIFESTS = ["metadata.csv", "metadata.jsonl"] as const;

/** The column of a file whose modality is found in its bytes. */
const FILE_COLUMN = "file_name";

/** One row. */
export interface ManifestRow {
  /** Where it stands, for example `metadata.csv:3`. */
  readonly place: string;
  /** Paths as they are written, with the modality that the column names. */
  readonly files: readonly { readonly path: string; readonly modality?: AnyModality }[];
  /** Its captions. */
  readonly captions: readonly string[];
}

/** A line before it is checked. */
interface Line {
  readonly number: number;
  readonly cells: unknown;
}

const path = z.string({ error: "is no path" }).nullish();
const words = z.union([z.string(), z.array(z.string())], {
  error: "is neither a text nor a list of texts",
}).nullish();

/**
 * Reads a manifest.
 *
 * @throws {SyntaxError} If it is no table, or has no column that is read.
 */
export function readManifest(
  name: (typeof MANIFESTS)[number],
  bytes: Uint8Array,
  modalities: readonly AnyModality[],
): { readonly rows: ManifestRow[]; readonly skipped: SkippedFile[] } {
  const skipped: SkippedFile[] = [];
  const skip = (line: number, reason: string) => skipped.push({ file: `${name}:${line}`, reason });
  const text = decodeText(name, bytes);
  const bridge = modalities.find((modality) => modality.bridge);
  const others = modalities.filter((modality) => modality !== bridge);
  const columns = [FILE_COLUMN, ...modalities.map((modality) => modality.name)];
  const schema = z.object(
    {
      ...Object.fromEntries([FILE_COLUMN, ...others.map(({ name }) => name)].map((n) => [n, path])),
      ...(bridge === undefined ? {} : { [bridge.name]: words }),
    },
    { error: "it is no object" },
  );
  const lines = name === "metadata.csv" ? csvLines(text, columns, skip) : jsonLines(text, skip);
  const rows = lines.flatMap(({ number, cells }): ManifestRow[] => {
    const { data, error } = schema.safeParse(cells);
    if (error) {
      const [issue] = error.issues;
      const [column] = issue!.path;
      skip(number, column === undefined ? issue!.message : `"${String(column)}" ${issue!.message}`);
      return [];
    }
    const cell = (column: string) => (data as Record<string, string | null | undefined>)[column];
    const files = [undefined, ...others].flatMap((modality) => {
      const path = cell(modality?.name ?? FILE_COLUMN)?.trim();
      return path ? [{ path, ...(modality === undefined ? {} : { modality }) }] : [];
    });
    const said = bridge === undefined ? [] : [cell(bridge.name) ?? []].flat().flatMap(captionsOf);
    if (files.length === 0 && said.length === 0) {
      skip(number, `none of ${quoted(columns)} says anything`);
      return [];
    }
    return [{ place: `${name}:${number}`, files, captions: said }];
  });
  return { rows, skipped };
}

function decodeText(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes); // drops a byte order mark
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${name}: the bytes are not UTF-8`, { cause });
  }
}

function csvLines(
  text: string,
  columns: readonly string[],
  skip: (line: number, reason: string) => void,
): Line[] {
  // The parser counts a line end of two characters within quotes as two lines.
  const records = parse(text.replaceAll(/\r\n?/g, "\n"), {
    info: true,
    skip_empty_lines: true,
    relax_column_count: true, // told below, with the line
    skip_records_with_error: true,
    on_skip: (error: (CsvError & { readonly lines?: number }) | undefined) => {
      skip(error?.lines ?? 0, (error?.message ?? "it is no row").replace(/ (on|at) line \d+/, ""));
      return undefined;
    },
  }) as unknown as { readonly record: string[]; readonly info: { readonly lines: number } }[];
  const [first, ...rest] = records;
  const header = first?.record.map((column) => column.trim()) ?? [];
  const twice = header.find((column, index) => header.indexOf(column) < index);
  if (twice !== undefined) {
    throw new SyntaxError(`Cannot read metadata.csv: it has the column "${twice}" twice`);
  }
  if (!header.some((column) => columns.includes(column))) {
    throw new SyntaxError(
      `Cannot read metadata.csv: its columns are ${quoted(header) || "none"}, it takes ${
        quoted(columns)
      }`,
    );
  }
  return rest.flatMap(({ record, info }) => {
    if (record.length === header.length) {
      const cells = Object.fromEntries(header.map((column, index) => [column, record[index]]));
      return [{ number: info.lines, cells }];
    }
    skip(info.lines, `it has ${record.length} cells instead of ${header.length}`);
    return [];
  });
}

function jsonLines(text: string, skip: (line: number, reason: string) => void): Line[] {
  return text.split(/\r\n|\r|\n/).flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [{ number: index + 1, cells: JSON.parse(line) }];
    } catch {
      skip(index + 1, "it is no JSON");
      return [];
    }
  });
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
