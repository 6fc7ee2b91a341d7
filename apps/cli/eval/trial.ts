import {
  type FactorName,
  type Scene,
  scene,
  SHOWN_FACTORS,
  type SoundBank,
  type Split,
} from "@codi/band";
import type { MixingRule } from "@codi/core/conditioning";
import type { SamplerName } from "@codi/core/diffusion";
import type { Seen } from "./judges.ts";
import { meanOf } from "./statistics.ts";
import type { Wording } from "./wordings.ts";

/** How samples are generated where a trial does not say it. */
export interface Settings {
  /** The sampler. */
  readonly sampler: SamplerName;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The guidance scale; each network's own if undefined. */
  readonly guidance?: number | undefined;
  /** How several prompts are mixed; the usual rule if undefined. */
  readonly mixing?: MixingRule | undefined;
  /** How many beginnings of each sample are tried: a number, or each network's own. @default {1} */
  readonly candidates?: number | "shipped" | undefined;
}

/** Samples that are generated from scenes in one way, and read. */
export interface Trial extends Partial<Settings> {
  /** The modalities of the prompts; with several sets, the scenes take turns. An empty one is none. */
  readonly inputs: readonly (readonly string[])[];
  /** The modalities that are generated together. */
  readonly to: readonly string[];
  /** How many seeds; each has scenes of its own. */
  readonly seeds: number;
  /** How many samples of each seed. */
  readonly count: number;
  /** Each seed's first scene, so that trials do not share theirs. @default {0} */
  readonly first?: number;
  /** The factors that a sentence among the prompts mentions. @default {all that the outputs show} */
  readonly mention?: readonly FactorName[];
  /** The factors of each sentence where several are among the prompts, in their order. */
  readonly mentions?: readonly (readonly FactorName[])[];
  /** How the sentence says it. @default {"band"} */
  readonly wording?: Wording;
  /** Where the scenes come from. @default {"held-out"} */
  readonly split?: Split;
  /** What plays sounds among the prompts. @default {"training"} */
  readonly bank?: SoundBank;
  /** Modalities that are generated one after the other, each the only prompt of the next. */
  readonly via?: readonly string[];
  /** Modalities whose real samples are held clean and heard through the environment. */
  readonly follow?: readonly string[];
  /** Parts of the scene's real samples that stay as they are, by output, in the modality's own words. */
  readonly keep?: Readonly<Record<string, string>>;
  /** The environment's guidance scale; 0 for outputs that do not know of each other. */
  readonly environment?: number;
  /** Whom outputs hear. @default {"others"} */
  readonly hearing?: "others" | "own";
  /** How far outputs are heard ahead of where they are, as requests have it. @default {as shipped} */
  readonly ahead?: number;
  /** How much noise outputs have beside each other, as requests have it. @default {as shipped} */
  readonly shift?: number;
  /** Takes the scene's real samples in place of generated ones: the ceiling. */
  readonly real?: boolean;
}

/** What was read of one sample of a trial. */
export interface Sampled {
  /** The seed of its noise. */
  readonly seed: number;
  /** The number of its scene, which is that of the sample, too. */
  readonly index: number;
  /** Its scene's split. */
  readonly split: Split;
  /** The modalities of its prompts. */
  readonly from: readonly string[];
  /** The readings, by modality; of what was made on the way, too. */
  readonly seen: Readonly<Record<string, SeenSample>>;
}

/** A reading, with the sample's place in the shared space. */
export interface SeenSample extends Seen {
  /** What the modality's prompt encoder makes of it, packed. */
  readonly embedding: string;
}

/** One sample that is asked for. */
export interface Asked {
  /** The seed of its noise. */
  readonly seed: number;
  /** The number of its scene. */
  readonly index: number;
  /** The modalities of its prompts. */
  readonly from: readonly string[];
}

/** From one seed's first scene to the next one's. */
const SCENES_OF_A_SEED = 4096;

/**
 * The samples of a trial. A smaller count gives the first ones of each seed.
 *
 * @param trial The trial.
 * @returns What is asked for, seed by seed.
 */
export function askedOf({ inputs, seeds, count, first = 0 }: Trial): Asked[][] {
  return Array.from({ length: seeds }, (_, seed) =>
    Array.from({ length: count }, (_, i) => ({
      seed,
      index: seed * SCENES_OF_A_SEED + first + i,
      from: inputs[i % inputs.length]!,
    })));
}

/** The scene of a sample. */
export function sceneOf({ split, index }: Pick<Sampled, "split" | "index">): Scene {
  return scene(split, index);
}

/** The factors that a sentence of a trial mentions. */
export function mentionOfTrial({ mention, to, via = [] }: Trial): readonly FactorName[] {
  return mention ?? [...new Set([...via, ...to].flatMap((name) => SHOWN_FACTORS[name] ?? []))];
}

/** Every modality of which a trial makes samples. */
export function madeBy({ to, via = [] }: Trial): string[] {
  return [...new Set([...via, ...to])];
}

/** Seconds on two cores for one sample: from latent to reading, and for each step of two predictions. */
const SECONDS: Readonly<Record<string, readonly [fixed: number, step: number]>> = {
  text: [0.01, 0.001],
  image: [0.012, 0.0036],
  audio: [0.06, 0.005],
  video: [0.25, 0.045],
  score: [0.005, 0.002],
};

/** The share of the steps that all candidates take. */
const TRIED = { apart: 1 / 3, together: 1 / 2 } as const;

/** Predictions in a step without and with a prompt; those together are means over all steps. */
const PREDICTIONS = { apart: [1, 2], together: [2, 3.6] } as const;

/**
 * About how long a trial's samples take.
 *
 * @param trial The trial.
 * @param settings What it does not say itself.
 * @param joint Whether outputs know of each other.
 * @returns Seconds for one sample.
 */
export function secondsOf(trial: Trial, settings: Settings, joint: boolean): number {
  const { inputs, steps = settings.steps, to, follow = [], environment } = trial;
  const tried = typeof trial.candidates === "number" ? trial.candidates - 1 : 0;
  const connected = joint && environment !== 0 && to.length + follow.length > 1;
  const way = connected ? "together" : "apart";
  const [bare, prompted] = PREDICTIONS[way];
  const predictions = meanOf(inputs.map((from) => from.length > 0 ? prompted : bare));
  return madeBy(trial).reduce((total, name) => {
    const [fixed, step] = SECONDS[name] ?? SECONDS["image"]!;
    const made = fixed * (1 + tried) + steps * step * predictions / 2 * (1 + tried * TRIED[way]);
    return total + (trial.real ? fixed : made);
  }, 0);
}
