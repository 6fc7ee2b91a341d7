import type { AnyModality } from "@codi/core/modality";
import type { DatasetSplit } from "@codi/core/training";
import { basename, join } from "@std/path";
import { collectFiles, collectRows, type FolderSample } from "./_collect_samples.ts";
import { folderDataset, modalitiesOf } from "./_dataset.ts";
import { listFiles, reasonOf } from "./_list_files.ts";
import { digestOf, fileReader } from "./_read_files.ts";
import { MANIFESTS, readManifest } from "./_read_manifest.ts";
import { splitSamples } from "./_split.ts";
import type { FolderDataset } from "./folder_dataset.ts";
import type { FolderReport, SampleGroup, SkippedFile } from "./report.ts";

/** Options of {@linkcode openFolder}. */
export interface OpenFolderOptions {
  /** The most bytes that a file may have. @default {100_000_000} */
  readonly fileLimit?: number;
  /** About how many bytes of decoded samples are kept in memory. @default {536_870_912} */
  readonly cacheLimit?: number;
  /** Told how many of how many files have been read. */
  readonly onProgress?: (read: number, total: number) => void;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@linkcode openFolder} gives. */
export interface OpenedFolder {
  /** The samples. */
  readonly dataset: FolderDataset;
  /** What was found and what was left out. */
  readonly report: FolderReport;
}

/**
 * Opens a folder of a user's files as a data set. Files of one name in one sub-folder are one sample,
 * for example `cat.png`, `cat.wav` and `cat.txt`; each line of a text file is a caption. If there is a
 * `metadata.csv` or `metadata.jsonl`, its rows are the samples instead: `file_name` and columns named
 * by modalities hold paths within the folder, the bridge's column holds the caption itself.
 *
 * All files are read once, so that what is broken is known before a training begins; nothing is ever
 * written. What a file is, is told by its bytes among the modalities that read files of its ending; of
 * several that can, by the one whose sample holds most. Links that leave the folder are not followed.
 *
 * @param path The folder.
 * @param modalities What files may be samples of; those of the bridge hold captions.
 * @param options Limits, progress and an abort signal.
 * @returns The data set, and a report of what it is made of.
 * @throws {Deno.errors.NotFound} If there is no such folder.
 * @throws {Deno.errors.NotADirectory} If the path is a file.
 * @throws {RangeError} If nothing in it is a sample, or it has two manifests.
 * @throws {SyntaxError} If the manifest cannot be read.
 * @throws The signal's reason, if it is given.
 *
 * @example Two sentences, one of them in two wordings
 * ```ts
 * import { openFolder } from "@codi/folder";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${path}/rain.txt`, "it rains\nrain is falling\n");
 * await Deno.writeTextFile(`${path}/sun.txt`, "the sun shines\n");
 * const { dataset, report } = await openFolder(path, [text]);
 * assertEquals([report.captions, report.skipped], [3, []]);
 * assertEquals([dataset.size("train"), dataset.size("test")], [1, 1]);
 * assertEquals(dataset.vocabulary, ["falling", "is", "it", "rain", "rains", "shines", "sun", "the"]);
 * await Deno.remove(path, { recursive: true });
 * ```
 */
export async function openFolder(
  path: string,
  modalities: readonly AnyModality[],
  options: OpenFolderOptions = {},
): Promise<OpenedFolder> {
  const { fileLimit = 100_000_000, cacheLimit = 2 ** 29, onProgress, signal } = options;
  const root = await realFolder(path);
  const reader = fileReader(root, modalities, { fileLimit, cacheLimit });
  const bridge = modalities.find((modality) => modality.bridge)?.name;
  const listed = await listFiles(root);
  const manifests = MANIFESTS.filter((name) => listed.files.includes(name));
  if (manifests.length > 1) {
    throw new RangeError(
      `Cannot read the folder "${path}": it has ${manifests.join(" and ")}, keep one of them`,
    );
  }
  let read = 0;
  const collect = (total: number) => ({
    reader,
    signal,
    onFile: () => onProgress?.(++read, total),
  });
  const [manifest] = manifests;
  let samples: FolderSample[];
  const skipped: SkippedFile[] = [...listed.skipped];
  if (manifest === undefined) {
    const found = await collectFiles(listed.files, collect(listed.files.length));
    samples = found.samples;
    skipped.push(...found.skipped);
  } else {
    const { rows, skipped: lines } = readManifest(
      manifest,
      await Deno.readFile(join(root, manifest)),
      modalities,
    );
    const found = await collectRows(root, rows, (total) => collect(total));
    samples = found.samples;
    skipped.push(...lines, ...found.skipped);
    for (const file of listed.files) {
      if (file === manifest || found.named.has(file)) continue;
      skipped.push({ file, reason: `${manifest} does not name it` });
    }
  }
  if (samples.length === 0) throw new RangeError(nothingRead(path, modalities, skipped));
  const folder = basename(root);
  const name = `${folder} ${await digestOfSamples(samples)}`;
  return {
    dataset: folderDataset(samples, { folder, name, bridge, reader }),
    report: {
      path,
      ...(manifest === undefined ? {} : { manifest }),
      groups: groupsOf(samples, bridge),
      captions: samples.reduce((sum, { captions }) => sum + captions.length, 0),
      skipped,
    },
  };
}

async function realFolder(path: string): Promise<string> {
  try {
    const root = await Deno.realPath(path);
    if ((await Deno.stat(root)).isDirectory) return root;
  } catch (cause) {
    const message = `Cannot read the folder "${path}": ${reasonOf(cause)}`;
    if (cause instanceof Deno.errors.NotFound) throw new Deno.errors.NotFound(message, { cause });
    throw new Error(message, { cause });
  }
  throw new Deno.errors.NotADirectory(`Cannot read the folder "${path}": it is a file`);
}

function nothingRead(
  path: string,
  modalities: readonly AnyModality[],
  skipped: readonly SkippedFile[],
): string {
  const [first] = skipped;
  const examples = modalities.map(({ codec }) => `"cat${codec.extension}"`).join(", ");
  const why = first === undefined
    ? "it has no files"
    : `none of its files is a sample (${first.file}: ${first.reason})`;
  return `Cannot read the folder "${path}": ${why}; it takes files of one name, such as ${examples}, or ${
    MANIFESTS.join(" or ")
  }`;
}

/** The samples by what they have. */
function groupsOf(samples: readonly FolderSample[], bridge: string | undefined): SampleGroup[] {
  const splits = splitSamples(samples, ({ name }) => name);
  const groups = new Map<string, { modalities: string[]; size: Record<DatasetSplit, number> }>();
  for (const split of ["train", "test"] as const) {
    for (const sample of splits[split]) {
      const modalities = modalitiesOf(sample, bridge);
      const key = modalities.join();
      const group = groups.get(key) ?? { modalities, size: { train: 0, test: 0 } };
      group.size[split]++;
      groups.set(key, group);
    }
  }
  const total = ({ size }: SampleGroup) => size.train + size.test;
  return [...groups.values()].sort((a, b) => total(b) - total(a));
}

/** What the samples hold, in a few digits: what is computed from other samples is not taken for theirs. */
async function digestOfSamples(samples: readonly FolderSample[]): Promise<string> {
  const held = samples.map(({ name, files, captions }) => [
    name,
    [...files].map(([modality, { digest }]) => [modality, digest]),
    captions,
  ]);
  return (await digestOf(new TextEncoder().encode(JSON.stringify(held)))).slice(0, 12);
}
