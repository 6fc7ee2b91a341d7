/** One caption of a sample. */
export interface CaptionSample {
  /** The words. */
  readonly text: string;
  /** Equal for captions that say the same. */
  readonly key: string;
  /** What the caption says as zeros and ones, all of one length; left out where nothing is known. */
  readonly content?: Float32Array;
}

/**
 * Samples in several modalities at once, each a pure function of its split and number. Objectives see
 * a data set only through {@linkcode pairsOf}.
 */
export interface Dataset {
  /** Its name, as run logs and model cards give it. */
  readonly name: string;
  /** The modalities it has besides the bridge's captions. */
  readonly modalities: readonly string[];
  /** How many samples a split has; `Infinity` if it is drawn as needed. */
  size(split: DatasetSplit): number;
  /** The length of a caption's content; 0 if nothing is known. */
  readonly contentLength: number;
  /** Every word its captions can have, for telling users which words are known. */
  readonly vocabulary: readonly string[];
  /** One of a sample's captions; different numbers word it differently and mention other parts. */
  caption(split: DatasetSplit, index: number, wording: number): CaptionSample;
  /**
   * Two wordings of one content.
   */
  paraphrases(split: DatasetSplit, index: number, wording: number): [CaptionSample, CaptionSample];
  /** Whether a caption would be true of another sample, as far as that modality shows. */
  describes(caption: CaptionSample, modality: string, split: DatasetSplit, index: number): boolean;
  /** The sample in another modality. */
  sample(modality: string, split: DatasetSplit, index: number): Promise<unknown>;
}

/** What samples are for: learning, or judging on what was never learnt. */
export type DatasetSplit = "train" | "test";

/** The part of a data set that an objective may see. */
export type Pairs = Omit<Dataset, "size" | "name">;

/**
 * A data set behind a guard: samples of modalities that an objective did not declare are refused, so
 * that no other pairing can be trained.
 *
 * @param dataset The data set.
 * @param objective Its name, for the message.
 * @param modalities What it declared.
 */
export function pairsOf(dataset: Dataset, objective: string, modalities: readonly string[]): Pairs {
  const check = (modality: string) => {
    if (!modalities.includes(modality)) {
      throw new RangeError(
        `Cannot show "${modality}" to the objective "${objective}": it declared ${
          modalities.map((name) => `"${name}"`).join(", ")
        }`,
      );
    }
  };
  return {
    modalities: dataset.modalities.filter((modality) => modalities.includes(modality)),
    contentLength: dataset.contentLength,
    vocabulary: dataset.vocabulary,
    caption: (split, index, wording) => {
      check("text");
      return dataset.caption(split, index, wording);
    },
    paraphrases: (split, index, wording) => {
      check("text");
      return dataset.paraphrases(split, index, wording);
    },
    describes: (caption, modality, split, index) => {
      check(modality);
      return dataset.describes(caption, modality, split, index);
    },
    sample: (modality, split, index) => {
      check(modality);
      return dataset.sample(modality, split, index);
    },
  };
}
