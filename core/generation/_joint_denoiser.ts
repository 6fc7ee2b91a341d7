import { denoiser, type JointDenoiser } from "../diffusion/mod.ts";
import {
  type AnyModality,
  type Autoencoder,
  type DiffusionNetwork,
  findModality,
  scheduleOf,
} from "../modality/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { hasEnvironment, openEnvironments, trainedTogether } from "./_environments.ts";
import { type Conditions, guidedNetwork, type HeardFeeds } from "./_guided_network.ts";
import type { Parts } from "./_parts.ts";
import type { GenerateRequest, Kept } from "./request.ts";

/**
 * The most that an output heeds the others at its own guidance scale: where all of them have more noise,
 * and where it has not learnt to hear any of them. Another scale changes these in proportion.
 */
const [LEADING, STRANGERS] = [2, 0.5] as const;

/** A modality that can be generated. */
export interface Output {
  readonly modality: AnyModality;
  readonly autoencoder: Autoencoder<unknown>;
  readonly diffusion: DiffusionNetwork;
}

/** What is denoised together. */
export interface JointDenoiserOptions {
  readonly outputs: readonly Output[];
  readonly conditions: Conditions;
  readonly batch: number;
  readonly request: GenerateRequest;
}

/** Denoises one output; what is heard is handed in at every step. */
type Denoise = (z: Tensor, timestep: number, heard: HeardFeeds | undefined) => Promise<Tensor>;

/** Outputs that are denoised in lock-step. */
export interface JointOutputs {
  /** Denoises all of them by one step. */
  readonly denoise: JointDenoiser<string>;
  /** How much noise each has beside the others: the factor of σ/α at every step. */
  readonly shifts: ReadonlyMap<string, number>;
}

/** Opens what denoises all outputs of a request in lock-step, each hearing the others (CoDi, section 3.4). */
export async function openJointDenoiser(
  parts: Parts,
  modalities: readonly AnyModality[],
  { outputs, conditions, batch, request }: JointDenoiserOptions,
): Promise<JointOutputs> {
  const { follow = {}, keep = {} } = request;
  const followed = await Promise.all(
    Object.entries(follow).map(([name, sample]) =>
      followedLatent(parts, findModality(modalities, name), sample, request)
    ),
  );
  const environmentOf = ({ name, environment }: AnyModality) =>
    settingOf(request.environment, name) ?? environment!.guidance;
  const declared = outputs.map(({ modality }) => modality).filter(hasEnvironment);
  const speakers = followed.length > 0 || declared.every((one) => environmentOf(one) === 0)
    ? declared
    : await trainedTogether(parts, declared);
  const listeners = speakers.filter((modality) =>
    environmentOf(modality) !== 0 &&
    (followed.length > 0 || speakers.some((other) => other !== modality))
  );
  if (followed.length > 0 && speakers.length === 0) {
    throw new RangeError(
      `Cannot follow "${
        followed[0]!.modality.name
      }": none of the outputs has an environment encoder`,
    );
  }
  const heardBy = new Map(
    listeners.map((one) => [
      one.name,
      heardOf(one, speakers, followed.map(({ modality }) => modality), request),
    ]),
  );
  const environments = listeners.length === 0
    ? undefined
    : await openEnvironments(parts, speakers, followed, batch, { ...request, heardBy });
  // What hears no other output is made as it is alone.
  const shifts = new Map(
    (speakers.length > 1 ? listeners : []).map(({ name, environment }) => [
      name,
      settingOf(request.shift, name) ?? environment!.shift ?? 1,
    ]),
  );
  const noiseOf = ({ name }: AnyModality) => shifts.get(name) ?? 1;
  const scaleOf = (listener: AnyModality) => {
    const scale = environmentOf(listener);
    if (request.hearing === "own") return scale;
    const heard = heardBy.get(listener.name)!;
    const { partners, guidance, timed } = listener.environment!;
    const softened = (most: number) => scale * Math.min(1, most / guidance);
    // All speak of time in the same slots, strangers too.
    const inTime = timed && heard.some(({ environment }) => environment!.timed);
    if (partners && !inTime && !heard.some(({ name }) => partners.includes(name))) {
      return softened(STRANGERS);
    }
    // What is decided before all others hears little yet that is worth amplifying.
    const leads = followed.length === 0 &&
      heard.every((other) => noiseOf(other) > noiseOf(listener));
    return leads ? softened(LEADING) : scale;
  };
  const denoisers = new Map<string, Denoise>();
  for (const output of outputs) {
    const { name } = output.modality;
    const hears = listeners.includes(output.modality);
    denoisers.set(
      name,
      await openDenoiser(parts, output, conditions, request, {
        hears,
        scale: hears ? scaleOf(output.modality) : 0,
      }),
    );
  }
  const kept = new Map<string, (denoised: Tensor) => Tensor>();
  for (const [name, part] of Object.entries(keep)) {
    const output = outputs.find(({ modality }) => modality.name === name);
    if (output === undefined) {
      throw new RangeError(`Cannot keep a part of "${name}": it is not among the outputs`);
    }
    kept.set(name, await keepingPart(parts, output, part!, request));
  }
  let last: Readonly<Record<string, Tensor>> = {};
  const denoise: JointDenoiser<string> = async (queries) => {
    const heard = await environments?.heardBy(queries, last);
    const denoised: Record<string, Tensor> = {};
    for (const [name, { z, timestep }] of Object.entries(queries)) {
      const result = await denoisers.get(name)!(z, timestep, heard?.[name]);
      denoised[name] = kept.get(name)?.(result) ?? result;
    }
    last = denoised;
    return denoised;
  };
  return { denoise, shifts };
}

/**
 * Whom an output hears: the outputs it has learnt to hear, or all where none of these is there, and what
 * is followed.
 */
function heardOf(
  listener: AnyModality,
  speakers: readonly AnyModality[],
  followed: readonly AnyModality[],
  { hearing = "others" }: GenerateRequest,
): readonly AnyModality[] {
  if (hearing === "own") return [listener, ...followed];
  const { partners } = listener.environment!;
  const others = speakers.filter((one) => one !== listener);
  const known = others.filter(({ name }) => partners?.includes(name) ?? true);
  return [...(known.length > 0 ? known : others), ...followed];
}

/** What is set for a modality, or for all. */
function settingOf(
  setting: number | Readonly<Partial<Record<string, number>>> | undefined,
  name: string,
): number | undefined {
  return typeof setting === "object" ? setting[name] : setting;
}

async function openDenoiser(
  parts: Parts,
  { modality, diffusion }: Output,
  conditions: Conditions,
  { guidance, guidanceOptions, mixing, signal }: GenerateRequest,
  { hears, scale }: { readonly hears: boolean; readonly scale: number },
): Promise<Denoise> {
  const schedule = scheduleOf(diffusion);
  const prompts = mixing === "tokens" && diffusion.sideBySide
    ? roomForPrompts(conditions)
    : undefined;
  const guided = guidedNetwork(
    {
      network: await parts.open(modality, ["diffusion"], diffusion.network, prompts),
      joint: hears
        ? await parts.open(
          modality,
          ["diffusion", "environment"],
          modality.environment!.joint,
          prompts,
        )
        : undefined,
      prompts,
      environment: scale,
    },
    schedule,
    conditions,
    { ...guidanceOptions, scale: settingOf(guidance, modality.name) ?? diffusion.guidance },
    signal,
  );
  return (z, timestep, heard) =>
    denoiser((z, timestep) => guided(z, timestep, heard), diffusion.prediction, schedule)(
      z,
      timestep,
      { signal },
    );
}

/**
 * Room for the prompts that a sample has on one side, undefined where none has several: a power of 2, for
 * each number is a program of its own.
 */
function roomForPrompts({ positive, negative }: Conditions): number | undefined {
  const most = Math.max(...[...positive, ...negative].map((one) => one?.prompts.length ?? 0));
  return most > 1 ? 2 ** Math.ceil(Math.log2(most)) : undefined;
}

/** The clean latent of a sample that others follow. */
async function followedLatent(
  parts: Parts,
  modality: AnyModality,
  sample: unknown,
  { to, signal }: GenerateRequest,
): Promise<{ modality: AnyModality; latent: Tensor }> {
  const { name, autoencoder } = modality;
  if (to.includes(name)) {
    throw new RangeError(`Cannot follow "${name}" and generate it: leave it out of the outputs`);
  }
  if (autoencoder === undefined || !hasEnvironment(modality)) {
    throw new RangeError(`Cannot follow "${name}": the plugin has no environment encoder`);
  }
  return { modality, latent: await encoded(parts, modality, autoencoder, sample, signal) };
}

/** Puts the clean latent of a kept part in the place of what is denoised there. */
async function keepingPart(
  parts: Parts,
  output: Output,
  { sample, region }: Kept,
  { signal }: GenerateRequest,
): Promise<(denoised: Tensor) => Tensor> {
  const { modality, autoencoder } = output;
  const { data: mask } = keptMask(output, region);
  const clean = await encoded(parts, modality, autoencoder, sample, signal);
  return ({ shape, data }) => ({
    shape,
    data: data.map((value, i) => {
      const place = i % mask.length;
      return mask[place]! * clean.data[place]! + (1 - mask[place]!) * value;
    }),
  });
}

/** Where a kept part lies in the latent. */
function keptMask({ modality: { name }, autoencoder }: Output, region: Kept["region"]): Tensor {
  if (autoencoder.regionMask === undefined && autoencoder.latentMask === undefined) {
    throw new RangeError(`Cannot keep a part of "${name}": it is made as a whole`);
  }
  if (typeof region === "string") {
    if (autoencoder.regionMask !== undefined) return autoencoder.regionMask(region);
    throw new RangeError(`Cannot keep "${region}" of "${name}": its parts are told by masks`);
  }
  if (autoencoder.latentMask !== undefined) return autoencoder.latentMask(region);
  throw new RangeError(
    `Cannot keep what a mask marks of "${name}": its parts are told in words`,
  );
}

async function encoded(
  parts: Parts,
  modality: AnyModality,
  autoencoder: Autoencoder<unknown>,
  sample: unknown,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  const encoder = await parts.open(modality, ["autoencoder"], autoencoder.encoder);
  return (await encoder.run(autoencoder.feeds([sample]), { signal }))["latent"]!;
}
