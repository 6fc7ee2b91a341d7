import { moveToTimestep, noiseLevel, type NoiseSchedule, type Query } from "../diffusion/mod.ts";
import { type HeardEnvironment, meanEnvironment } from "../environment/mod.ts";
import { type AnyModality, type RunningNetwork, scheduleOf } from "../modality/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import type { HeardFeeds } from "./_guided_network.ts";
import type { Parts } from "./_parts.ts";
import { rowsIn } from "./_rows.ts";
import type { GenerateRequest } from "./request.ts";

/** Whether a modality has an environment encoder, and weights for it. */
export function hasEnvironment({ environment, weights }: AnyModality): boolean {
  return environment !== undefined && weights.environment !== undefined;
}

/**
 * Those of several outputs that were trained to be made together. The others, a plugin whose joint
 * training is still to come, are made by themselves.
 *
 * @param parts The networks.
 * @param outputs Outputs that have an environment encoder.
 * @returns Those whose environment weights are there.
 */
export async function trainedTogether(
  parts: Parts,
  outputs: readonly AnyModality[],
): Promise<AnyModality[]> {
  if (outputs.length < 2) return [...outputs];
  const trained = await Promise.all(outputs.map((one) => parts.has(one, "environment")));
  return outputs.filter((_, index) => trained[index]);
}

/** What outputs say to each other at every step of a generation. */
export interface Environments {
  /**
   * What each output hears of the others, and of those that are followed.
   *
   * @param queries The noisy latents of the outputs.
   * @param denoised What was last predicted of them; nothing before the first step.
   * @returns Feeds by listener; an output that nobody speaks to has none.
   */
  heardBy(
    queries: Readonly<Record<string, Query>>,
    denoised: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, HeardFeeds>>;
}

/** How far ahead outputs are heard unless told otherwise. */
const AHEAD = 0.5;

/**
 * Opens the environment encoders of outputs and of followed samples. An output is heard ahead of where it
 * is: an encoder finds little in a latent that is mostly noise, whose own network already sees what it
 * will be.
 *
 * @param parts The networks.
 * @param speakers The outputs that have an environment encoder.
 * @param followed The clean latents of followed samples, [1, ...], with their modality.
 * @param batch The number of samples.
 * @param options Whom each listener hears, by name; how far ahead, and what ends the work.
 */
export async function openEnvironments(
  parts: Parts,
  speakers: readonly AnyModality[],
  followed: readonly { readonly modality: AnyModality; readonly latent: Tensor }[],
  batch: number,
  { heardBy, ahead = AHEAD, signal }: Pick<GenerateRequest, "ahead" | "signal"> & {
    readonly heardBy: ReadonlyMap<string, readonly AnyModality[]>;
  },
): Promise<Environments> {
  const listeners = [...heardBy].map(([name, heard]) =>
    [name, new Set(heard.map((one) => one.name))] as const
  );
  const encoderOf = (modality: AnyModality) =>
    parts.open(modality, ["environment"], modality.environment!.encoder);
  const encoders = new Map<string, RunningNetwork>();
  const schedules = new Map<string, NoiseSchedule>();
  for (const modality of speakers) {
    encoders.set(modality.name, await encoderOf(modality));
    schedules.set(modality.name, scheduleOf(modality.diffusion!));
  }
  const constant = new Map<string, HeardEnvironment>();
  for (const { modality, latent } of followed) {
    const encoder = await encoderOf(modality);
    const said = await encoder.run({ z: latent, timestep: tensor([1]) }, { signal });
    constant.set(modality.name, environmentOf(repeated(said, batch)));
  }
  return {
    heardBy: async (queries, denoised) => {
      const said = new Map(constant);
      for (const [name, query] of Object.entries(queries)) {
        const encoder = encoders.get(name);
        const isHeard = listeners.some(([, names]) => names.has(name));
        if (encoder === undefined || !isHeard) continue;
        const schedule = schedules.get(name)!;
        const clean = denoised[name];
        const timestep = clean ? ahead * query.timestep : query.timestep;
        const z = clean
          ? moveToTimestep(schedule, query.z, clean, query.timestep, timestep)
          : query.z;
        const times = tensor([batch], new Float32Array(batch).fill(timestep));
        said.set(name, {
          ...environmentOf(await encoder.run({ z, timestep: times }, { signal })),
          signal: noiseLevel(schedule, query.timestep).alpha ** 2,
        });
      }
      const heard: Record<string, HeardFeeds> = {};
      for (const [listener, names] of listeners) {
        const all = [...said].filter(([name]) => names.has(name)).map(([, one]) => one);
        if (all.length > 0) heard[listener] = meanEnvironment(all, batch);
      }
      return heard;
    },
  };
}

/**
 * What clean latents say as a whole: their global tokens.
 *
 * @param parts The networks.
 * @param modality Their modality, which has an environment encoder.
 * @param latents [rows, ...latent].
 * @param signal Ends the work with its reason.
 * @returns One token for each row.
 */
export async function globalsOf(
  parts: Parts,
  modality: AnyModality,
  latents: Tensor,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const encoder = await parts.open(modality, ["environment"], modality.environment!.encoder);
  const timestep = tensor([latents.shape[0]!]); // 0: they are clean
  return rowsIn((await encoder.run({ z: latents, timestep }, { signal }))["global"]!);
}

function environmentOf({ global, slots }: Readonly<Record<string, Tensor>>): HeardEnvironment {
  return { global: global!, ...(slots === undefined ? {} : { slots }) };
}

/** One sample's tensors, for every sample of a batch. */
function repeated(
  tensors: Readonly<Record<string, Tensor>>,
  batch: number,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => {
      const all = new Float32Array(batch * data.length);
      for (let sample = 0; sample < batch; sample++) all.set(data, sample * data.length);
      return [name, tensor([batch, ...shape.slice(1)], all)];
    }),
  );
}
