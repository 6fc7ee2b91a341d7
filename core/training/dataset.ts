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
  /**
   * The modality that its captions are samples of.
   *
   * @default {whatever an objective declares that is not among the data set's modalities}
   */
  readonly bridge?: string;
  /** How many samples a split has; `Infinity` if it is drawn as needed. */
  size(split: DatasetSplit): number;
  /** The length of a caption's content; 0 if nothing is known. */
  readonly contentLength: number;
  /** Every word its captions can have, for telling users which words are known. */
  readonly vocabulary: readonly string[];
  /**
   * One of a sample's captions.
   *
   * @param split Which split.
   * @param index The sample's number, from 0.
   * @param wording Different numbers word it differently and mention other parts.
   * @param whole Whether it mentions all it can, as far as the data set has a say in that.
   * @returns The caption.
   */
  caption(split: DatasetSplit, index: number, wording: number, whole?: boolean): CaptionSample;
  /**
   * Two wordings of one content.
   *
   * @param split Which split.
   * @param index The sample's number, from 0.
   * @param wording Different numbers give other pairs.
   * @returns Two captions of equal key.
   */
  paraphrases(split: DatasetSplit, index: number, wording: number): [CaptionSample, CaptionSample];
  /**
   * Whether a caption would be true of another sample, as far as that modality shows.
   *
   * @param caption The caption.
   * @param modality The modality that the sample is looked at in.
   * @param split Which split.
   * @param index The sample's number, from 0.
   * @returns Whether it would be true.
   */
  describes(caption: CaptionSample, modality: string, split: DatasetSplit, index: number): boolean;
  /**
   * The sample in another modality.
   *
   * @param modality One of the data set's modalities.
   * @param split Which split.
   * @param index The sample's number, from 0.
   * @returns What the modality's networks are fed from.
   */
  sample(modality: string, split: DatasetSplit, index: number): Promise<unknown>;
}

/** What samples are for: learning, or judging on what was never learnt. */
export type DatasetSplit = "train" | "test";

/** The part of a data set that an objective may see. */
export type Pairs = Omit<Dataset, "size" | "name" | "bridge">;

/**
 * A data set behind a guard: samples of modalities that an objective did not declare are refused, so
 * that no other pairing can be trained.
 *
 * @param dataset The data set.
 * @param objective The objective's name, for the message.
 * @param modalities What it declared.
 * @returns The part it may see; everything else throws a `RangeError` that names the modality.
 *
 * @example Captions without what they are captions of
 * ```ts
 * import { type Dataset, pairsOf } from "@codi/core/training";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const dataset: Dataset = {
 *   name: "weather",
 *   modalities: ["sketch"],
 *   bridge: "words",
 *   size: () => 2,
 *   contentLength: 0,
 *   vocabulary: ["rain", "sun"],
 *   caption: (_, index) => ({ text: index === 0 ? "rain" : "sun", key: String(index) }),
 *   paraphrases: () => [{ text: "rain", key: "0" }, { text: "it rains", key: "0" }],
 *   describes: (caption, _, __, index) => caption.key === String(index),
 *   sample: (_, __, index) => Promise.resolve(index),
 * };
 * const pairs = pairsOf(dataset, "align words", ["words"]);
 * assertEquals(pairs.caption("train", 1, 0).text, "sun");
 * assertThrows(
 *   () => pairs.sample("sketch", "train", 1),
 *   RangeError,
 *   'Cannot show "sketch" to the objective "align words": it declared "words"',
 * );
 * ```
 */
export function pairsOf(dataset: Dataset, objective: string, modalities: readonly string[]): Pairs {
  const refuse = (what: string): never => {
    const declared = modalities.map((name) => `"${name}"`).join(", ") || "nothing";
    throw new RangeError(
      `Cannot show ${what} to the objective "${objective}": it declared ${declared}`,
    );
  };
  const check = (modality: string) => {
    if (!modalities.includes(modality)) refuse(`"${modality}"`);
  };
  const checkCaptions = () => {
    if (dataset.bridge !== undefined) check(dataset.bridge);
    else if (modalities.every((name) => dataset.modalities.includes(name))) refuse("captions");
  };
  return {
    modalities: dataset.modalities.filter((modality) => modalities.includes(modality)),
    contentLength: dataset.contentLength,
    vocabulary: dataset.vocabulary,
    caption: (...which) => {
      checkCaptions();
      return dataset.caption(...which);
    },
    paraphrases: (split, index, wording) => {
      checkCaptions();
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
