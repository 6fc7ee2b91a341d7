import type { MixingRule } from "@codi/core/conditioning";
import type { SamplerName } from "@codi/core/diffusion";
import type { AnyModality } from "@codi/core/modality";
import type { KeptSource } from "./_beside.ts";

/** A prompt as it was given: words, or the name of a file. */
export interface PromptSource {
  /** What it is a sample of. */
  readonly modality: AnyModality;
  /** The words, or the file's path. */
  readonly value: string;
  /** Its share beside other prompts. */
  readonly weight: number;
  /** Whether to steer away from it. */
  readonly negative: boolean;
}

/** What a generation was asked to do, checked. */
export interface GenerationPlan {
  /** The prompts, in the order given. */
  readonly prompts: readonly PromptSource[];
  /** The modalities to generate. */
  readonly to: readonly string[];
  /** The folder of the results, or {@linkcode STANDARD_STREAM}. */
  readonly out: string;
  /** Keys all noise; undefined if it is to be drawn. */
  readonly seed: number | undefined;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The sampler. */
  readonly sampler: SamplerName;
  /** The guidance scale, or that of each output; each modality's own if undefined. */
  readonly guidance: number | Readonly<Record<string, number>> | undefined;
  /** How many beginnings of each sample are tried; each modality's own number if undefined. */
  readonly candidates: number | Readonly<Record<string, number>> | undefined;
  /** How several prompts count together. */
  readonly mixing: MixingRule;
  /** Files, or words, that outputs follow in time without being generated: by modality. */
  readonly follow: Readonly<Record<string, string>>;
  /** Files of which a part is kept, by output. */
  readonly keep: Readonly<Record<string, KeptSource>>;
  /** How much outputs heed each other, or how much each does; each modality's own if undefined. */
  readonly environment: number | Readonly<Record<string, number>> | undefined;
  /** The format of an output's files; its codec's usual one if left out. */
  readonly formats: Readonly<Record<string, string>>;
  /** How latents become samples: settings of each output. */
  readonly decoding: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** How many samples. */
  readonly count: number;
  /** Threads per operator; undefined for one for each core. */
  readonly threads: number | undefined;
  /** Whether to print the run as JSON instead of paths. */
  readonly json: boolean;
  /** Whether to report errors only. */
  readonly quiet: boolean;
  /** Whether to show the files in the system's viewer. */
  readonly open: boolean;
  /** A file with the recipe of an earlier run, to be followed instead of all this. */
  readonly replay: string | undefined;
  /** What may have been meant otherwise. */
  readonly hints: readonly string[];
}
