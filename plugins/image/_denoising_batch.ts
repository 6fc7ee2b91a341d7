import { mixEmbeddings } from "@codi/core/conditioning";
import type { NoiseSchedule } from "@codi/core/diffusion";
import { SPACE_WIDTH } from "@codi/core/modality";
import { random } from "@codi/core/random";
import { elementCount, type Tensor, tensor } from "@codi/core/tensor";
import { CAPTIONS, type EncodedScenes } from "./_encode_scenes.ts";

/** Samples of a batch. */
export const BATCH = 64;
/** How often the prompt is the picture itself, two mixed captions, or nothing. */
const PICTURE_PROMPT = 0.2;
const MIXED_PROMPT = 0.25;
const NO_PROMPT = 0.12;
/** The deviation of noise on each number of a prompt vector, against the gap between modalities. */
const PROMPT_NOISE = 0.015;

/**
 * Noisy latents with their prompts and what is to be predicted: v, as Salimans and Ho (2022) define it.
 *
 * @param scenes What is drawn from.
 * @param schedule The noise schedule.
 * @param key Seed, split and step; equal keys give equal batches.
 * @returns The feeds by name: `z`, `timestep`, `condition`, `present` and `target`.
 */
export function denoisingBatch(
  scenes: EncodedScenes,
  schedule: NoiseSchedule,
  ...key: readonly [seed: number, split: string, step: number]
): Record<"z" | "timestep" | "condition" | "present" | "target", Tensor> {
  const [seed, split, step] = key;
  const draw = random(seed, "denoise", split, step);
  const [count, ...latent] = scenes.latents.shape as [number, ...number[]];
  const size = elementCount(latent);
  const steps = schedule.alphaBars.length;
  const z = tensor([BATCH, ...latent]);
  const target = tensor([BATCH, ...latent]);
  const timestep = tensor([BATCH]);
  const condition = tensor([BATCH, SPACE_WIDTH]);
  const present = tensor([BATCH]);
  for (let sample = 0; sample < BATCH; sample++) {
    const index = draw.integer(count);
    // Timesteps stratified over the batch: a quieter loss at no cost.
    const t = Math.min(steps - 1, Math.floor(((sample + draw.uniform()) / BATCH) * steps));
    timestep.data[sample] = t;
    const alpha = Math.sqrt(schedule.alphaBars[t]!);
    const sigma = Math.sqrt(1 - schedule.alphaBars[t]!);
    for (let i = 0; i < size; i++) {
      const clean = scenes.latents.data[index * size + i]!;
      const noise = draw.normal();
      z.data[sample * size + i] = alpha * clean + sigma * noise;
      target.data[sample * size + i] = alpha * noise - sigma * clean;
    }
    const kind = draw.uniform();
    const caption = () => row(scenes.captions, index * CAPTIONS + draw.integer(CAPTIONS));
    const share = draw.uniform();
    const embedding = kind < PICTURE_PROMPT
      ? row(scenes.pictures, index)
      : kind < PICTURE_PROMPT + MIXED_PROMPT
      ? mixEmbeddings([
        { embedding: caption(), weight: 0.05 + share },
        { embedding: caption(), weight: 1.05 - share },
      ])
      : caption();
    present.data[sample] = draw.uniform() < NO_PROMPT ? 0 : 1;
    for (let i = 0; i < SPACE_WIDTH; i++) {
      condition.data[sample * SPACE_WIDTH + i] = embedding[i]! + PROMPT_NOISE * draw.normal();
    }
  }
  return { z, timestep, condition, present, target };
}

function row(table: Tensor, index: number): Float32Array {
  return table.data.subarray(index * SPACE_WIDTH, (index + 1) * SPACE_WIDTH);
}
