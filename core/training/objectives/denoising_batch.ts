import { mixEmbeddings } from "../../conditioning/mod.ts";
import { type NoiseSchedule, type PredictionType, shiftedTime } from "../../diffusion/mod.ts";
import { SPACE_WIDTH } from "../../modality/mod.ts";
import { random } from "../../random/mod.ts";
import { elementCount, type Tensor, tensor } from "../../tensor/mod.ts";
import { addNoise } from "./_add_noise.ts";

/** How often there is no prompt, for guidance (Ho and Salimans, 2022). */
const NO_PROMPT = 0.12;
/** The deviation of noise on each number of a prompt vector, unless told otherwise. */
const PROMPT_NOISE = 0.015;

/** Prompts of encoded samples, from one modality. */
export interface EncodedPrompts {
  /** [samples · perSample, SPACE_WIDTH]; a sample's stand together. */
  readonly embeddings: Tensor;
  /** How many prompts each sample has. */
  readonly perSample: number;
  /** How often these are used, beside the shares of others. */
  readonly share: number;
  /** How often two of a sample's are mixed, of the times that these are used. @default {0} */
  readonly mixed?: number;
}

/** What frozen networks make of samples. */
export interface EncodedSamples {
  /** [samples, ...latent shape], standardised. */
  readonly latents: Tensor;
  /** Their prompts, of one modality or several. */
  readonly prompts: readonly EncodedPrompts[];
}

/** How a denoising batch is drawn. */
export interface DenoisingOptions {
  /** The noise schedule. */
  readonly schedule: NoiseSchedule;
  /** What the network predicts. @default {"v"} */
  readonly prediction?: PredictionType;
  /** The number of samples. */
  readonly batch: number;
  /**
   * How far timesteps crowd where there is more noise, as {@linkcode shiftedTime} has it; what a
   * network learns stays the same function of the timestep.
   *
   * @default {1}
   */
  readonly shift?: number;
  /** The deviation of noise on each number of a prompt vector. @default {0.015} */
  readonly promptNoise?: number;
}

/** The feeds of a denoising loss by name. */
export type DenoisingFeeds = Record<
  "z" | "timestep" | "condition" | "present" | "target",
  Tensor
>;

/**
 * Noisy latents with their prompts and what is to be predicted: v, as Salimans and Ho (2022) define it,
 * unless the network predicts something else. Mixes of a sample's prompts teach superposition within the shared space.
 *
 * @param samples What is drawn from.
 * @param options The noise schedule, and how many samples at which timesteps.
 * @param key Seed, split and step; equal keys give equal batches.
 * @returns `z` and `target` [batch, ...latent shape], `timestep` and `present` [batch], `condition`
 * [batch, SPACE_WIDTH].
 */
export function denoisingBatch(
  samples: EncodedSamples,
  { schedule, batch, prediction = "v", shift = 1, promptNoise = PROMPT_NOISE }: DenoisingOptions,
  ...key: readonly [seed: number, split: string, step: number]
): DenoisingFeeds {
  const [seed, split, step] = key;
  const draw = random(seed, "denoise", split, step);
  const [count, ...latent] = samples.latents.shape as [number, ...number[]];
  const size = elementCount(latent);
  const steps = schedule.alphaBars.length;
  const z = tensor([batch, ...latent]);
  const target = tensor([batch, ...latent]);
  const timestep = tensor([batch]);
  const condition = tensor([batch, SPACE_WIDTH]);
  const present = tensor([batch]);
  for (let sample = 0; sample < batch; sample++) {
    const index = draw.integer(count);
    // Timesteps stratified over the batch: a quieter loss at no cost.
    const time = shiftedTime((sample + draw.uniform()) / batch, shift);
    const t = Math.min(steps - 1, Math.floor(time * steps));
    timestep.data[sample] = t;
    const clean = samples.latents.data.subarray(index * size, (index + 1) * size);
    addNoise({ z, target }, sample, clean, schedule.alphaBars[t]!, prediction, draw);
    const embedding = promptOf(samples.prompts, index, draw);
    present.data[sample] = draw.uniform() < NO_PROMPT ? 0 : 1;
    for (let i = 0; i < SPACE_WIDTH; i++) {
      condition.data[sample * SPACE_WIDTH + i] = embedding[i]! + promptNoise * draw.normal();
    }
  }
  return { z, timestep, condition, present, target };
}

/** One of a sample's prompts, or two of them mixed. */
function promptOf(
  prompts: readonly EncodedPrompts[],
  index: number,
  draw: ReturnType<typeof random>,
): Float32Array {
  const total = prompts.reduce((sum, { share }) => sum + share, 0);
  let rest = draw.uniform() * total;
  const chosen = prompts.find(({ share }) => (rest -= share) < 0) ?? prompts.at(-1)!;
  const { embeddings, perSample, mixed = 0 } = chosen;
  const one = () => {
    const row = index * perSample + draw.integer(perSample);
    return embeddings.data.subarray(row * SPACE_WIDTH, (row + 1) * SPACE_WIDTH);
  };
  if (draw.uniform() >= mixed) return one();
  const share = draw.uniform();
  return mixEmbeddings([
    { embedding: one(), weight: 0.05 + share },
    { embedding: one(), weight: 1.05 - share },
  ]);
}
