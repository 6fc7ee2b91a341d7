import { denoiser, type JointDenoiser } from "../diffusion/mod.ts";
import { scheduleOf } from "../modality/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Beside } from "./_beside.ts";
import { hasEnvironment, openEnvironments } from "./_environments.ts";
import type { Group, Hearing } from "./_groups.ts";
import {
  type Conditions,
  guidedNetwork,
  type HeardFeeds,
  heededConditions,
} from "./_guided_network.ts";
import { guidanceOf, type Output } from "./_outputs.ts";
import type { Parts } from "./_parts.ts";
import type { GenerateRequest } from "./request.ts";

/** What a group's samples are denoised with. */
export interface JointDenoiserOptions {
  readonly conditions: Conditions;
  readonly batch: number;
  readonly beside: Beside;
  readonly request: GenerateRequest;
  /** What the first evaluations give, where it is known from an earlier run. */
  readonly known: readonly Readonly<Record<string, Tensor>>[];
}

/** Denoises one output; what is heard is handed in at every step. */
type Denoise = (z: Tensor, timestep: number, heard: HeardFeeds | undefined) => Promise<Tensor>;

/** Opens what denoises a group of outputs in lock-step, each hearing the others (CoDi, section 3.4). */
export async function openJointDenoiser(
  parts: Parts,
  { outputs, listeners }: Group,
  { conditions, batch, beside, request, known }: JointDenoiserOptions,
): Promise<JointDenoiser<string>> {
  const speakers = outputs.map(({ modality }) => modality).filter(hasEnvironment);
  const environments = listeners.size === 0
    ? undefined
    : await openEnvironments(parts, speakers, beside.followed, batch, {
      ...request,
      heardBy: new Map([...listeners].map(([name, { heard }]) => [name, heard])),
    });
  const denoisers = new Map<string, Denoise>();
  for (const output of outputs) {
    const { name } = output.modality;
    denoisers.set(
      name,
      await openDenoiser(parts, output, conditions, request, listeners.get(name)),
    );
  }
  let last: Readonly<Record<string, Tensor>> = {};
  let evaluations = 0;
  return async (queries) => {
    const given = known[evaluations++];
    if (given !== undefined) return last = given;
    const heard = await environments?.heardBy(queries, last);
    const denoised: Record<string, Tensor> = {};
    for (const [name, { z, timestep }] of Object.entries(queries)) {
      const result = await denoisers.get(name)!(z, timestep, heard?.[name]);
      denoised[name] = beside.kept.get(name)?.(result) ?? result;
    }
    return last = denoised;
  };
}

async function openDenoiser(
  parts: Parts,
  output: Output,
  conditions: Conditions,
  request: GenerateRequest,
  hearing: Hearing | undefined,
): Promise<Denoise> {
  const { modality, diffusion } = output;
  const { guidanceOptions, mixing, signal } = request;
  const schedule = scheduleOf(diffusion);
  const scale = guidanceOf(output, request);
  const prompts = mixing === "tokens" && diffusion.sideBySide
    ? roomForPrompts(conditions)
    : undefined;
  const guided = guidedNetwork(
    {
      network: await parts.open(modality, ["diffusion"], diffusion.network, prompts),
      joint: hearing &&
        await parts.open(
          modality,
          ["diffusion", "environment"],
          modality.environment!.joint,
          prompts,
        ),
      prompts,
      environment: hearing?.scale ?? 0,
    },
    schedule,
    heededConditions(conditions, scale),
    { ...guidanceOptions, scale },
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
