/** Samples as the data set that objectives see. */

import type { CaptionSample, Dataset, DatasetSplit } from "@codi/core/training";
import { captionKey, wordsOf } from "./_captions.ts";
import type { FolderSample } from "./_collect_samples.ts";
import type { FileReader } from "./_read_files.ts";
import { splitSamples } from "./_split.ts";
import type { FolderDataset } from "./folder_dataset.ts";

/** What all parts of a folder's data set share. */
interface Source {
  /** The folder's name. */
  readonly folder: string;
  /** The folder's name and a digest of what it holds. */
  readonly name: string;
  /** The name of the modality of captions. */
  readonly bridge: string | undefined;
  /** Reads the files. */
  readonly reader: FileReader;
}

/** Makes the data set of all samples of a folder. */
export function folderDataset(samples: readonly FolderSample[], source: Source): FolderDataset {
  const { bridge } = source;
  const all = [...new Set(samples.flatMap((sample) => modalitiesOf(sample, bridge)))].sort();
  return {
    ...datasetOf(samples, all, source),
    for: (modalities) => {
      const having = samples.filter((sample) => {
        const had = modalitiesOf(sample, bridge);
        return modalities.every((modality) => had.includes(modality));
      });
      if (having.length < 2) {
        throw new RangeError(
          `Cannot train on ${
            modalities.join(" + ")
          } from the folder "${source.folder}": ${having.length} of its ${samples.length} samples ${
            having.length === 1 ? "has" : "have"
          } that, it takes at least 2, one to judge on`,
        );
      }
      return datasetOf(having, modalities, {
        ...source,
        name: `${source.name} (${[...modalities].sort().join(" + ")})`,
      });
    },
  };
}

/** The modalities that a sample has, captions included. */
export function modalitiesOf(
  { files, captions }: FolderSample,
  bridge: string | undefined,
): string[] {
  const others = [...files.keys()].filter((name) => name !== bridge);
  return (bridge !== undefined && captions.length > 0 ? [...others, bridge] : others).sort();
}

function datasetOf(
  samples: readonly FolderSample[],
  modalities: readonly string[],
  { name, bridge, reader }: Source,
): Dataset {
  const splits = splitSamples(samples, ({ name }) => name);
  const said = new Map(samples.map((sample) => [sample, new Set(sample.captions.map(captionKey))]));
  const others = modalities.filter((modality) => modality !== bridge);
  const sampleOf = (split: DatasetSplit, index: number) => {
    const { length } = splits[split];
    if (!(Number.isInteger(index) && index >= 0 && length > 0)) {
      throw new RangeError(
        `Cannot give sample "${index}" of "${split}": it has ${length}, numbered from 0`,
      );
    }
    return splits[split][index % length]!;
  };
  const captionOf = (split: DatasetSplit, index: number, wording: number): CaptionSample => {
    const sample = sampleOf(split, index);
    const { captions, name } = sample;
    if (captions.length === 0) {
      throw new RangeError(`Cannot give a caption of "${name}": it has none`);
    }
    // A sample's captions are taken to say the same, and so are those of a sample with equal ones.
    const key = [...said.get(sample)!].sort().join("\n");
    return { text: captions[wording % captions.length]!, key };
  };
  return {
    name,
    ...(bridge === undefined ? {} : { bridge }),
    modalities: others,
    size: (split) => splits[split].length,
    contentLength: 0,
    vocabulary: [...new Set(samples.flatMap(({ captions }) => captions.flatMap(wordsOf)))].sort(),
    caption: captionOf,
    paraphrases: (split, index, wording) => {
      const { length } = sampleOf(split, index).captions;
      const further = length < 2 ? 0 : 1 + Math.floor(wording / length) % (length - 1);
      return [captionOf(split, index, wording), captionOf(split, index, wording + further)];
    },
    describes: (caption, _modality, split, index) =>
      said.get(sampleOf(split, index))!.has(captionKey(caption.text)),
    sample: async (modality, split, index) => {
      if (!others.includes(modality)) {
        const known = others.map((name) => `"${name}"`).join(", ") || "none";
        throw new RangeError(`Cannot give a sample of "${modality}": "${name}" has ${known}`);
      }
      const sample = sampleOf(split, index);
      const file = sample.files.get(modality);
      if (file === undefined) {
        throw new RangeError(`Cannot give a sample of "${modality}": "${sample.name}" has none`);
      }
      return await reader.sample(file);
    },
  };
}
