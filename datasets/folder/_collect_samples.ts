/** The samples of a folder, by the names of its files or by its manifest. */

import { extname } from "@std/path";
import type { AnyModality } from "@codi/core/modality";
import { captionsOf } from "./_captions.ts";
import { listedName, locate, reasonOf } from "./_list_files.ts";
import type { FileReader, SampleFile } from "./_read_files.ts";
import type { ManifestRow } from "./_read_manifest.ts";
import type { SkippedFile } from "./report.ts";

/** One sample: its files by modality, and what is said of it. */
export interface FolderSample {
  /** What it is split by: its files' common path without the ending, or its first caption. */
  readonly name: string;
  /** At most one file of each modality. */
  readonly files: Map<string, SampleFile>;
  /** All its captions, no two alike. */
  readonly captions: string[];
}

/** Samples, and what was left out. */
export interface Collected {
  /** Samples that have at least something. */
  readonly samples: FolderSample[];
  /** What is none of them. */
  readonly skipped: SkippedFile[];
}

/** What reading takes, beside the paths. */
export interface CollectOptions {
  /** Reads the files. */
  readonly reader: FileReader;
  /** Told after each file. */
  readonly onFile: () => void;
  /** Ends it with its reason. */
  readonly signal: AbortSignal | undefined;
}

/** Files of one name are one sample. */
export async function collectFiles(
  paths: readonly string[],
  options: CollectOptions,
): Promise<Collected> {
  const skipped: SkippedFile[] = [];
  const samples = new Map<string, FolderSample>();
  const read = await identifyAll(paths.map((path) => ({ path })), options);
  for (const [index, path] of paths.entries()) {
    const result = read[index]!;
    if (result instanceof Error) {
      skipped.push({ file: path, reason: reasonOf(result) });
      continue;
    }
    const name = stemOf(path);
    const sample = samples.get(name) ?? { name, files: new Map(), captions: [] };
    const reason = await addFile(sample, result, options.reader);
    if (reason === undefined) samples.set(name, sample);
    else skipped.push({ file: path, reason });
  }
  return { samples: [...samples.values()], skipped };
}

/** Rows are samples; rows that name the same first file are one. */
export async function collectRows(
  root: string,
  rows: readonly ManifestRow[],
  optionsFor: (files: number) => CollectOptions,
): Promise<Collected & { readonly named: ReadonlySet<string> }> {
  const skipped: SkippedFile[] = [];
  const wanted = new Map<string, { path: string; modality?: AnyModality }>();
  const keyOf = (path: string, modality?: AnyModality) => `${modality?.name ?? ""} ${path}`;
  const checked: (Omit<ManifestRow, "files"> & { readonly keys: string[] })[] = [];
  for (const { place, captions, files } of rows) {
    const keys: string[] = [];
    for (const { path: written, modality } of files) {
      try {
        await locate(root, written);
        const path = listedName(root, written);
        wanted.set(keyOf(path, modality), { path, ...(modality ? { modality } : {}) });
        keys.push(keyOf(path, modality));
      } catch (error) {
        skipped.push({ file: place, reason: `"${written}": ${reasonOf(error)}` });
      }
    }
    // Words alone are a sample only where nothing else was meant to be.
    if (keys.length > 0 || files.length === 0) checked.push({ place, captions, keys });
  }
  const options = optionsFor(wanted.size);
  const results = await identifyAll([...wanted.values()], options);
  const read = new Map([...wanted.keys()].map((key, index) => [key, results[index]!]));
  for (const [key, result] of read) {
    if (result instanceof Error) {
      skipped.push({ file: wanted.get(key)!.path, reason: reasonOf(result) });
    }
  }
  const samples = new Map<string, FolderSample>();
  for (const { place, captions, keys } of checked) {
    const files = keys.map((key) => read.get(key)!).flatMap((file) =>
      file instanceof Error ? [] : [file]
    );
    if (files.length === 0 && keys.length > 0) continue; // its files are in the report
    const id = files.length === 0 ? `"${captions[0]!}` : files[0]!.path;
    const name = files.length === 0 ? captions[0]! : stemOf(files[0]!.path);
    const sample = samples.get(id) ?? { name, files: new Map(), captions: [] };
    for (const file of files) {
      const reason = await addFile(sample, file, options.reader);
      if (reason !== undefined) skipped.push({ file: place, reason: `"${file.path}": ${reason}` });
    }
    addCaptions(sample, captions);
    samples.set(id, sample);
  }
  const named = new Set([...wanted.values()].map(({ path }) => path));
  return {
    samples: [...samples.values()].filter(({ files, captions }) =>
      files.size + captions.length > 0
    ),
    skipped,
    named,
  };
}

/** What each file is, or why it is nothing. */
async function identifyAll(
  files: readonly { readonly path: string; readonly modality?: AnyModality }[],
  { reader, onFile, signal }: CollectOptions,
): Promise<(SampleFile | Error)[]> {
  return await Promise.all(files.map(async ({ path, modality }) => {
    try {
      return await reader.identify(path, modality, signal);
    } catch (error) {
      signal?.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      onFile();
    }
  }));
}

/** Adds a file to a sample; gives the reason if it does not fit in. */
async function addFile(
  sample: FolderSample,
  file: SampleFile,
  reader: FileReader,
): Promise<string | undefined> {
  const { bridge, name } = file.modality;
  const before = sample.files.get(name);
  if (before?.path === file.path) return undefined;
  if (before !== undefined) {
    return `"${before.path}" is the ${name} of the same sample already`;
  }
  if (bridge) {
    const text = await reader.sample(file);
    const captions = typeof text === "string" ? captionsOf(text) : [];
    if (captions.length === 0) return "it has no caption";
    addCaptions(sample, captions);
  }
  sample.files.set(name, file);
  return undefined;
}

function addCaptions({ captions }: FolderSample, added: readonly string[]): void {
  for (const caption of added) if (!captions.includes(caption)) captions.push(caption);
}

/** A path without its ending; different ways to write an accent are one. */
function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length).normalize("NFC");
}
