import type { Device } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Pairs } from "./dataset.ts";
import type { OptimizerOptions } from "./trainer.ts";
import type { TrainingTask } from "./train.ts";

/** The kinds of objective. */
export type Stage = "autoencode" | "align" | "denoise";

/** Names one part of a modality, for example `image/diffusion`: a file of weights. */
export type PartPath = `${string}/${string}`;

/** What an objective works with. */
export interface ObjectiveContext {
  /** The samples it declared, and no others. */
  readonly pairs: Pairs;
  /** How many samples the training split has. */
  readonly size: number;
  /** Where frozen networks run. */
  readonly device: Device;
  /** Reads the weights of a frozen part. */
  readonly weights: (part: PartPath) => Promise<Readonly<Record<string, Tensor>>>;
  /** Computes a tensor once, and reads it from disk from then on; the key names all it depends on. */
  readonly cached: (key: string, compute: () => Promise<Tensor>) => Promise<Tensor>;
  /** Seeds first weights and batches. */
  readonly seed: number;
  /** Told what is going on before the first step. */
  readonly onProgress: (message: string) => void;
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
  /** For example `denoise image`. */
  readonly name: string;
  /** Its kind. */
  readonly stage: Stage;
  /** The parts whose weights it makes. */
  readonly trains: readonly PartPath[];
  /** The parts it reads and leaves as they are. */
  readonly freezes: readonly PartPath[];
  /** The modalities that appear together in its batches. */
  readonly pairs: readonly (readonly string[])[];
  /** Settings of the shipped run. */
  readonly options: OptimizerOptions;
  /** Builds the loss; frozen parts are encoded here. */
  prepare(context: ObjectiveContext): Promise<PreparedObjective>;
}
