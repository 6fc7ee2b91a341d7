import type { MixingRule } from "../conditioning/mod.ts";
import type { GuidanceOptions, SamplerName } from "../diffusion/mod.ts";
import type { AnyModality, DecodeOptions, Prompt, SampleOf } from "../modality/mod.ts";
import type { Tensor } from "../tensor/mod.ts";

/** The most beginnings that are tried of a sample. */
export const MOST_CANDIDATES = 64;

/**
 * How many beginnings are tried of outputs that hear each other and nothing else: no prompt says what they
 * should show, and a step without prompts takes about half the time.
 */
export const CANDIDATES_FROM_NOTHING = 3;

/** What is asked of {@linkcode Codi.generate}. */
export interface GenerateRequest<Name extends string = string> {
  /** Any number of prompts of any modality; none for samples from nothing. */
  readonly prompts: readonly Prompt[];
  /** The modalities to generate, all in one denoising loop. */
  readonly to: readonly Name[];
  /** Keys all noise; any number. @default {0} */
  readonly seed?: number;
  /** The sampler. @default {"dpm++"} */
  readonly sampler?: SamplerName;
  /** The number of sampling steps, from 1 to the number of training steps. @default {25} */
  readonly steps?: number;
  /** How much of its noise DDIM draws afresh, in [0, 1]. @default {0} */
  readonly eta?: number;
  /**
   * The guidance scale of every output, or by modality: 0 ignores the prompts, up to 1 negative ones are
   * left out, above 1 guides.
   *
   * @default {each modality's own}
   */
  readonly guidance?: number | Readonly<Partial<Record<Name, number>>>;
  /**
   * How many beginnings of each sample are tried, of all outputs or by modality, from 1 to 64: they are
   * denoised for a third of the steps, half of them where outputs hear others, and the one that fits best
   * goes on: whose estimates lie nearest to the prompts in the shared space, and say most nearly what the
   * others and what is followed say. Outputs that hear each other have as many as the one with the most.
   * The first beginning is that of 1. An output by itself without prompts has nothing to compare with, and
   * always 1.
   *
   * @default {each modality's own where it is denoised by itself and follows nothing; else 1, or 3
   * where there is neither a prompt nor a sample to follow}
   */
  readonly candidates?: number | Readonly<Partial<Record<Name, number>>>;
  /** Interval and rescaling of guidance; the interval is that of prompts. */
  readonly guidanceOptions?: Omit<GuidanceOptions, "scale">;
  /** How several prompts count together: one of `MIXING_RULES`. @default {"unit"} */
  readonly mixing?: MixingRule;
  /**
   * Samples that are not generated but heard by those that are: encoded, held clean, and felt in time
   * through the environment encoders (CoDi, section 3.4).
   */
  readonly follow?: Readonly<Partial<Record<Name, unknown>>>;
  /** Outputs of which a part is kept while the rest is generated around it. */
  readonly keep?: Readonly<Partial<Record<Name, Kept>>>;
  /**
   * How much outputs heed each other: the environment guidance scale s of all, or by modality. With
   * predictions ε(prompt, environment), prompt guidance w, negative prompt n and the environment's slots
   * t alone, the sampler gets
   * ε(n, ∅) + w · (ε(c, ∅) − ε(n, ∅)) + s · (ε(c, t) − ε(c, ∅)) + min(s, 1) · (ε(c, e) − ε(c, t)),
   * rescaled by 0.7 unless `guidanceOptions` say otherwise: time is heeded by s, what else others show
   * by at most 1, unless there is no prompt. Below a noise level σ/α of 0.74, s is at most 1. 0 makes
   * each output by itself.
   *
   * @default {each modality's own, but at most 2 where all that is heard has more noise, and at most 0.5
   * where it is none of the modality's partners, unless both live in time and not all of it has more noise}
   */
  readonly environment?: number | Readonly<Partial<Record<Name, number>>>;
  /**
   * Whom an output hears: the others, as CoDi's section 3.4 has it, or itself, as its published code
   * does; that is for comparison.
   *
   * @default {"others"}
   */
  readonly hearing?: "others" | "own";
  /**
   * How far outputs are heard ahead of where they are: the share of their timestep at which the others
   * hear them, by their own last prediction, in [0, 1]. 1 is the noisy latent itself, as in CoDi, and 0 the
   * prediction.
   *
   * @default {0.5}
   */
  readonly ahead?: number;
  /**
   * How much noise outputs have while they hear others: the factor of σ/α at every step, of all or by
   * modality, from 0.001 to 1000. What has less is decided earlier, and the others follow it. 1 keeps all
   * at one timestep, as in CoDi.
   *
   * @default {each modality's own}
   */
  readonly shift?: number | Readonly<Partial<Record<Name, number>>>;
  /** How latents become samples, by modality: settings that the modality names. */
  readonly decoding?: Readonly<Partial<Record<Name, DecodeOptions["settings"]>>>;
  /** Ends the work with its reason, within one run of a network. */
  readonly signal?: AbortSignal | undefined;
}

/** A sample of which a part is kept. */
export interface Kept {
  /** The sample. */
  readonly sample: unknown;
  /**
   * The part: in the modality's own words, such as pixels `0,0,32,64` or seconds `0-1`, or a mask, 1
   * where the sample is kept and 0 elsewhere, such as [64, 64] of a picture's pixels.
   */
  readonly region: string | Tensor;
}

/** What is asked of {@linkcode Codi.generateBatch}. */
export interface GenerateBatchRequest<Name extends string = string> extends GenerateRequest<Name> {
  /** How many samples. @default {1} */
  readonly count?: number;
  /** The number of the first sample; sample i is the same whatever is made beside it. @default {0} */
  readonly first?: number;
  /**
   * Samples of which each has prompts, a seed or a number of its own, instead of count and first. A
   * sample comes out as it would alone.
   */
  readonly samples?: readonly SampleRequest[];
}

/** What one of several samples is made from. */
export interface SampleRequest {
  /** Its prompts. @default {those of the whole request} */
  readonly prompts?: readonly Prompt[];
  /** Keys its noise. @default {that of the whole request} */
  readonly seed?: number;
  /** Its number, which keys its noise, too. @default {its place} */
  readonly number?: number;
}

/** One step of a generation. */
export interface GenerationStep {
  /** The index of the step, from 0. */
  readonly step: number;
  /** The number of steps. */
  readonly steps: number;
  /** The current estimate of the clean latents, [count, ...], by modality. */
  readonly denoised: Readonly<Record<string, Tensor>>;
}

/** One sample of each modality asked for. */
export type Outputs<M extends AnyModality = AnyModality> = {
  [N in M["name"]]: SampleOf<Extract<M, { name: N }>>;
};

/** Options of calls that can be given up. */
export interface AbortOptions {
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode Codi.notices}. */
export interface NoticesOptions<Name extends string = string> extends AbortOptions {
  /** The outputs that are to be made together. @default {none} */
  readonly to?: readonly Name[];
}
