import type { Device } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Pairs } from "./dataset.ts";
import type { OptimizerOptions } from "./trainer.ts";
import type { TrainingTask } from "./train.ts";

/** The kinds of objective. */
export type Stage = "autoencode" | "align" | "denoise" | "join";

/** Names one part of a modality, for example `sketch/diffusion`: a file of weights. */
export type PartPath = `${string}/${string}`;

/** What an objective works with. */
export interface ObjectiveContext {
  /**
   * The samples of all modalities it declared, and no others.
   *
   * @throws {RangeError} If two of them are no declared pair: then {@linkcode ObjectiveContext.pair}
   * shows one pair at a time.
   */
  readonly pairs: Pairs;
  /**
   * The samples of one declared pair.
   *
   * @param first A modality.
   * @param second The one it appears together with; itself if left out.
   * @returns The samples of both, and no others.
   * @throws {RangeError} If the objective did not declare that pair.
   */
  readonly pair: (first: string, second?: string) => Pairs;
  /** How many samples the training split has. */
  readonly size: number;
  /** Where frozen networks run. */
  readonly device: Device;
  /**
   * Reads the weights of a part.
   *
   * @param part One of those the objective freezes.
   * @returns The weights by name.
   * @throws {RangeError} If the objective does not freeze it.
   */
  readonly weights: (part: PartPath) => Promise<Readonly<Record<string, Tensor>>>;
  /**
   * Computes a tensor once, and reads it from disk from then on, as long as data set and frozen weights
   * stay what they are.
   *
   * @param key Names all else that it depends on.
   * @param compute Makes the tensor.
   * @param parts The frozen parts it depends on. @default {all}
   * @returns The tensor.
   */
  readonly cached: (
    key: string,
    compute: () => Promise<Tensor>,
    parts?: readonly PartPath[],
  ) => Promise<Tensor>;
  /** Seeds first weights and batches. */
  readonly seed: number;
  /** The number of steps of the whole run. @default {those of the objective's options} */
  readonly steps?: number;
  /** Told what is going on before the first step. */
  readonly onProgress: (message: string) => void;
  /**
   * Ends the preparation with its reason. Not for {@linkcode PreparedObjective.finish}, which makes
   * weights of a run that was paused, too.
   */
  readonly signal?: AbortSignal | undefined;
}

/** An objective ready to be trained. */
export interface PreparedObjective {
  /** The loss and its batches. */
  readonly task: TrainingTask;
  /**
   * Turns trained weights into the files of its parts, measured statistics included.
   *
   * @param weights The averaged weights of the task, by name.
   * @returns For each part its weights, by the names its networks use, and metadata.
   */
  finish(weights: Readonly<Record<string, Tensor>>): Promise<Record<PartPath, PartWeights>>;
}

/** The content of a part's file. */
export interface PartWeights {
  /** The weights by name. */
  readonly tensors: Record<string, Tensor>;
  /** Facts kept with them. */
  readonly metadata: Record<string, string>;
}

/** One training objective: what it trains, freezes and may see. */
export interface Objective {
  /** For example `denoise sketch`. */
  readonly name: string;
  /** Its kind. */
  readonly stage: Stage;
  /** The parts whose weights it makes. */
  readonly trains: readonly PartPath[];
  /** The parts it reads and leaves as they are. */
  readonly freezes: readonly PartPath[];
  /** A part whose weights it starts from, unless the run is told otherwise. */
  readonly startsFrom?: PartPath;
  /** The modalities that appear together in its batches. */
  readonly pairs: readonly (readonly string[])[];
  /**
   * Pairs of a prompting modality and one that it prompts, where they are no pairs of samples: the
   * objective may see them together, and says so.
   */
  readonly prompted?: readonly (readonly string[])[];
  /** Settings of the shipped run. */
  readonly options: OptimizerOptions;
  /** How long a step takes on two cores, in seconds. @default {never measured} */
  readonly secondsPerStep?: number;
  /**
   * Builds the loss; what frozen parts make of the samples is computed here.
   *
   * @param context Samples, frozen weights, a device and a cache.
   * @returns The loss, its batches, and how weights become files.
   */
  prepare(context: ObjectiveContext): Promise<PreparedObjective>;
}
