import type { NoiseSchedule } from "../../diffusion/mod.ts";
import { SPACE_WIDTH } from "../../modality/mod.ts";
import { type Random, random } from "../../random/mod.ts";
import { elementCount, type Tensor, tensor } from "../../tensor/mod.ts";

/** How often a pair has a prompt. */
const PROMPTED = 0.65;
/** How often the partner's global token is left out where there are slots, too. */
const WITHOUT_GLOBAL = 0.1;
/** How often nothing of the partner is heard. */
const UNHEARD = 0.05;
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
  /** Whether it gives slots. */
  readonly timed: boolean;
}

/** What a batch of pairs is drawn from. */
export interface JoinedSamples {
  /** The two sides, sample by sample of the same scenes. */
  readonly sides: readonly [JoinedSide, JoinedSide];
  /** Prompts, [samples · perSample, SPACE_WIDTH]. */
  readonly prompts: { readonly embeddings: Tensor; readonly perSample: number };
  /** How many samples both sides and the prompts have. */
  readonly count: number;
}

/**
 * Noisy latents of pairs, a third of them at equal timesteps, a third at independent ones, and a third
 * with one side clean, which is then heard and not denoised (CoDi, section 3.4; UniDiffuser, Bao et al.,
 * 2023, for the independent ones).
 *
 * @param samples What is drawn from.
 * @param batch The number of pairs.
 * @param key Seed, edge, split and step; equal keys give equal batches.
 * @returns For the sides `first` and `second`: `z` and `target` [batch, ...latent shape], `timestep`,
 * `counts` [batch], 0 where the side is clean, and `heard` [batch, 2], what is heard of the other; and
 * `condition` [batch, SPACE_WIDTH], `present` and `signal` [batch], the lesser alphaBar.
 */
export function joiningBatch(
  samples: JoinedSamples,
  batch: number,
  ...key: readonly [seed: number, edge: string, split: string, step: number]
): Record<string, Tensor> {
  const draw = random(key[0], "join", ...key.slice(1));
  const offset = draw.integer(3);
  const feeds: Record<string, Tensor> = {
    condition: tensor([batch, SPACE_WIDTH]),
    present: tensor([batch]),
    signal: tensor([batch], new Float32Array(batch).fill(1)),
  };
  const indices = Array.from({ length: batch }, () => draw.integer(samples.count));
  const times = drawTimes(draw, batch, offset);
  samples.sides.forEach((side, place) => {
    const other = samples.sides[1 - place]!;
    const names = sideNames(place);
    const shape = side.latents.shape.slice(1);
    const size = elementCount(shape);
    const z = tensor([batch, ...shape]);
    const target = tensor([batch, ...shape]);
    const timestep = tensor([batch]);
    const counts = tensor([batch]);
    const heard = tensor([batch, 2]);
    const { alphaBars } = side.schedule;
    for (let sample = 0; sample < batch; sample++) {
      const moment = times[sample]![place]!;
      const t = Math.min(alphaBars.length - 1, Math.floor(moment * alphaBars.length));
      timestep.data[sample] = t;
      counts.data[sample] = moment === 0 ? 0 : 1;
      const row = indices[sample]! * side.perSample + draw.integer(side.perSample);
      const alpha = moment === 0 ? 1 : Math.sqrt(alphaBars[t]!);
      const sigma = moment === 0 ? 0 : Math.sqrt(1 - alphaBars[t]!);
      feeds["signal"]!.data[sample] = Math.min(feeds["signal"]!.data[sample]!, alpha ** 2);
      for (let i = 0; i < size; i++) {
        const clean = side.latents.data[row * size + i]!;
        const noise = draw.normal();
        z.data[sample * size + i] = alpha * clean + sigma * noise;
        target.data[sample * size + i] = alpha * noise - sigma * clean;
      }
      const chance = draw.uniform();
      if (chance < UNHEARD) continue;
      heard.data[2 * sample] = other.timed && chance < UNHEARD + WITHOUT_GLOBAL ? 0 : 1;
      heard.data[2 * sample + 1] = other.timed ? 1 : 0;
    }
    Object.assign(feeds, {
      [names.z]: z,
      [names.target]: target,
      [names.timestep]: timestep,
      [names.counts]: counts,
      [names.heard]: heard,
    });
  });
  const { embeddings, perSample } = samples.prompts;
  for (let sample = 0; sample < batch; sample++) {
    const row = indices[sample]! * perSample + draw.integer(perSample);
    feeds["present"]!.data[sample] = draw.uniform() < PROMPTED ? 1 : 0;
    for (let i = 0; i < SPACE_WIDTH; i++) {
      feeds["condition"]!.data[sample * SPACE_WIDTH + i] = embeddings.data[row * SPACE_WIDTH + i]! +
        PROMPT_NOISE * draw.normal();
    }
  }
  return feeds;
}

/** The names of a side's feeds. */
export function sideNames(
  place: number,
): Record<"z" | "target" | "timestep" | "counts" | "heard", string> {
  const side = place === 0 ? "first" : "second";
  return {
    z: `${side} z`,
    target: `${side} target`,
    timestep: `${side} timestep`,
    counts: `${side} counts`,
    heard: `${side} heard`,
  };
}

/** The moments of both sides in [0, 1), stratified over the batch; exactly 0 is clean. */
function drawTimes(draw: Random, batch: number, offset: number): [number, number][] {
  const stratified = (sample: number) => Math.max(1e-6, (sample + draw.uniform()) / batch);
  return Array.from({ length: batch }, (_, sample): [number, number] => {
    const first = stratified(sample);
    switch ((sample + offset) % 3) {
      case 0:
        return [first, first];
      case 1:
        return [first, Math.max(1e-6, draw.uniform())];
      default:
        return draw.uniform() < 0.5 ? [first, 0] : [0, first];
    }
  });
}
