import type { Dataset } from "@codi/core/training";

/**
 * A user's files as a data set. Not every sample has every modality, so objectives are given a part of
 * it by {@linkcode FolderDataset.for}. Numbers beyond the size of a split begin again at its first
 * sample, for objectives that ask for more to judge on than there are.
 *
 * Lines of one file of captions are taken for wordings of one content; captions say the same if their
 * words are the same, whatever their case and punctuation.
 */
export interface FolderDataset extends Dataset {
  /**
   * The samples that have all of some modalities. A sample keeps its split, except that there is one
   * in each at least.
   *
   * @param modalities Names; the bridge's stands for captions.
   * @returns The part of the data set.
   * @throws {RangeError} If fewer than two samples have them all.
   */
  for(modalities: readonly string[]): Dataset;
}
