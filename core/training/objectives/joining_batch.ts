import { ENVIRONMENT_WIDTH, SLOTS } from "../../environment/mod.ts";
import type { NoiseSchedule, PredictionType } from "../../diffusion/mod.ts";
import { SPACE_WIDTH } from "../../modality/mod.ts";
import { type Random, random } from "../../random/mod.ts";
import { elementCount, type Tensor, tensor } from "../../tensor/mod.ts";
import { addNoise } from "./_add_noise.ts";

/** How often a pair has a prompt. */
const PROMPTED = 0.65;
/** How often the partner's global token is left out where there are slots, too. */
const WITHOUT_GLOBAL = 0.1;
/** How often nothing of the partner is heard. */
const UNHEARD = 0.05;
/** Of so many pairs, the first are at equal timesteps, the next independent; then the partner is clean. */
const [KINDS, EQUAL, INDEPENDENT] = [6, 2, 3] as const;
/** The power of a uniform number that is the listener's moment. */
const NOISINESS = 0.4;
/** The deviation of noise on each number of a prompt vector, as in denoising. */
const PROMPT_NOISE = 0.015;

/** One side of a pair. */
export interface JoinedSide {
  /** [samples · perSample, ...latent shape], standardised; a sample's stand together. */
  readonly latents: Tensor;
  /** How many latents each sample has. */
  readonly perSample: number;
  /** The noise schedule of its diffusion network. */
  readonly schedule: NoiseSchedule;
  /** What its diffusion network predicts. @default {"v"} */
  readonly prediction?: PredictionType;
  /** Whether it gives slots. */
  readonly timed: boolean;
}

/** What a batch of pairs is drawn from. */
export interface JoinedSamples {
  /** The side that is denoised and hears the other. */
  readonly listener: JoinedSide;
  /** The side that is heard, sample by sample of the same scenes. */
  readonly partner: JoinedSide;
  /** Prompts, [samples · perSample, SPACE_WIDTH]. */
  readonly prompts: { readonly embeddings: Tensor; readonly perSample: number };
  /** How many samples both sides and the prompts have. */
  readonly count: number;
  /** Whether both sides are always at one timestep, as when all are generated. @default {false} */
  readonly equalTimesteps?: boolean;
}

/** How a batch of pairs is drawn. */
export interface JoiningOptions {
  /** The number of pairs. */
  readonly batch: number;
  /**
   * Of so many pairs, or of all where there are fewer, the prompts are near each other: what tells such
   * pairs apart is what no prompt says.
   *
   * @default {1}
   */
  readonly alike?: number;
  /** Whether the batch has the listener's latents without noise, too. @default {false} */
  readonly clean?: boolean;
  /** The deviation of noise on each number of what is heard. @default {none is given} */
  readonly hearingNoise?: number;
}

/** The feeds of a joining loss by name. */
export type JoiningFeeds =
  & Record<
    | "z"
    | "timestep"
    | "target"
    | "partner z"
    | "partner timestep"
    | "heard"
    | "condition"
    | "present"
    | "signal",
    Tensor
  >
  & Readonly<Partial<Record<"clean" | "global noise" | "slots noise", Tensor>>>;

/**
 * Noisy latents of pairs: a third at equal timesteps, a sixth at independent ones (UniDiffuser, Bao et
 * al., 2023), and half with the partner clean (CoDi, section 3.4).
 *
 * @param samples What is drawn from.
 * @param options How many pairs, how alike their prompts, and whether latents without noise are wanted.
 * @param key Seed, edge, split and step; equal keys give equal batches.
 * @returns `z`, `target` and, if wanted, `clean` [batch, ...latent shape] and `timestep` [batch] of the
 * listener, `partner z` and `partner timestep`, `heard` [batch, 2], what is heard of the partner,
 * `condition` [batch, SPACE_WIDTH], `present` [batch], and `signal` [batch], the lesser alphaBar; if
 * wanted, `global noise` [batch, ENVIRONMENT_WIDTH] and `slots noise` [batch, SLOTS, ENVIRONMENT_WIDTH],
 * what is added to the partner's tokens.
 */
export function joiningBatch(
  samples: JoinedSamples,
  { batch, alike = 1, clean = false, hearingNoise }: JoiningOptions,
  ...key: readonly [seed: number, edge: string, split: string, step: number]
): JoiningFeeds {
  const { listener, partner, prompts, count, equalTimesteps = false } = samples;
  const draw = random(key[0], "join", ...key.slice(1));
  const indices: number[] = [];
  while (indices.length < batch) {
    const group = Math.min(alike, count, batch - indices.length);
    indices.push(...group === 1 ? [draw.integer(count)] : nearestPrompts(samples, group, draw));
  }
  const moments = drawMoments(draw, batch)
    .map(([own, other]) => [own, equalTimesteps ? own : other] as const);
  const own = noisy(draw, listener, indices, moments.map(([first]) => first), clean);
  const other = noisy(draw, partner, indices, moments.map(([, second]) => second));
  const heard = tensor([batch, 2]);
  const present = tensor([batch]);
  const condition = tensor([batch, SPACE_WIDTH]);
  for (let sample = 0; sample < batch; sample++) {
    const chance = draw.uniform();
    if (chance >= UNHEARD) {
      heard.data[2 * sample] = partner.timed && chance < UNHEARD + WITHOUT_GLOBAL ? 0 : 1;
      heard.data[2 * sample + 1] = partner.timed ? 1 : 0;
    }
    present.data[sample] = draw.uniform() < PROMPTED ? 1 : 0;
    const row = indices[sample]! * prompts.perSample + draw.integer(prompts.perSample);
    for (let i = 0; i < SPACE_WIDTH; i++) {
      condition.data[sample * SPACE_WIDTH + i] = prompts.embeddings.data[row * SPACE_WIDTH + i]! +
        PROMPT_NOISE * draw.normal();
    }
  }
  return {
    z: own.z,
    timestep: own.timestep,
    target: own.target,
    ...(own.clean && { clean: own.clean }),
    "partner z": other.z,
    "partner timestep": other.timestep,
    heard,
    condition,
    present,
    signal: tensor([batch], own.signal.map((value, i) => Math.min(value, other.signal[i]!))),
    ...(hearingNoise !== undefined && {
      "global noise": normals(draw, [batch, ENVIRONMENT_WIDTH], hearingNoise),
      ...(partner.timed && {
        "slots noise": normals(draw, [batch, SLOTS, ENVIRONMENT_WIDTH], hearingNoise),
      }),
    }),
  };
}

/** Normal numbers of a deviation. */
function normals(draw: Random, shape: readonly number[], deviation: number): Tensor {
  const all = tensor(shape);
  for (let i = 0; i < all.data.length; i++) all.data[i] = deviation * draw.normal();
  return all;
}

/** The samples with a prompt near one of a drawn sample's, which is the first of them. */
function nearestPrompts(
  { prompts: { embeddings, perSample }, count }: JoinedSamples,
  alike: number,
  draw: Random,
): number[] {
  const promptOf = (sample: number) => {
    const row = (sample * perSample + draw.integer(perSample)) * SPACE_WIDTH;
    return embeddings.data.subarray(row, row + SPACE_WIDTH);
  };
  const drawn = draw.integer(count);
  const prompt = promptOf(drawn);
  const nearness = Float32Array.from({ length: count }, (_, sample) => {
    const other = promptOf(sample);
    let sum = 0;
    for (let i = 0; i < SPACE_WIDTH; i++) sum += prompt[i]! * other[i]!;
    return sum;
  });
  nearness[drawn] = Infinity;
  const least = nearness.slice().sort()[count - alike]!;
  const near = Array.from(nearness.keys()).filter((sample) => nearness[sample]! >= least);
  return near.sort((a, b) => nearness[b]! - nearness[a]!).slice(0, alike);
}

/**
 * Latents of some samples with noise, each at its moment in [0, 1), at 0 there is none; without noise,
 * too, where that is wanted.
 */
function noisy(
  draw: Random,
  { latents, perSample, schedule: { alphaBars }, prediction = "v" }: JoinedSide,
  indices: readonly number[],
  moments: readonly number[],
  wantsClean = false,
): {
  z: Tensor;
  target: Tensor;
  clean: Tensor | undefined;
  timestep: Tensor;
  signal: Float32Array<ArrayBuffer>;
} {
  const shape = [indices.length, ...latents.shape.slice(1)];
  const size = elementCount(latents.shape.slice(1));
  const z = tensor(shape);
  const target = tensor(shape);
  const clean = wantsClean ? tensor(shape) : undefined;
  const timestep = tensor([indices.length]);
  const signal = new Float32Array(indices.length);
  indices.forEach((index, sample) => {
    const moment = moments[sample]!;
    const t = Math.min(alphaBars.length - 1, Math.floor(moment * alphaBars.length));
    const alphaBar = moment === 0 ? 1 : alphaBars[t]!;
    timestep.data[sample] = t;
    signal[sample] = alphaBar;
    const row = (index * perSample + draw.integer(perSample)) * size;
    const latent = latents.data.subarray(row, row + size);
    clean?.data.set(latent, sample * size);
    addNoise({ z, target }, sample, latent, alphaBar, prediction, draw);
  });
  return { z, target, clean, timestep, signal };
}

/**
 * The moments of both sides in [0, 1), stratified over the batch; the partner's 0 is clean. The
 * listener's lie where it is noisy: what a partner can tell is decided there, and plain to see later.
 */
function drawMoments(draw: Random, batch: number): [listener: number, partner: number][] {
  const least = 1e-6;
  const offset = draw.integer(KINDS);
  return Array.from({ length: batch }, (_, sample): [number, number] => {
    const even = Math.max(least, (sample + draw.uniform()) / batch);
    const own = Math.min(even ** NOISINESS, 1 - least);
    const kind = (sample + offset) % KINDS;
    return [own, kind < EQUAL ? own : kind < INDEPENDENT ? Math.max(least, draw.uniform()) : 0];
  });
}
