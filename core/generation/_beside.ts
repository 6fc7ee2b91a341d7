import { type AnyModality, type Autoencoder, findModality, regionMaskOf } from "../modality/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { hasEnvironment } from "./_environments.ts";
import type { Output } from "./_outputs.ts";
import type { Parts } from "./_parts.ts";
import type { GenerateRequest, Kept } from "./request.ts";

/** The clean latent of a sample that outputs follow, [1, ...latent]. */
export interface Followed {
  readonly modality: AnyModality;
  readonly latent: Tensor;
}

/** What a request gives besides its prompts, encoded. */
export interface Beside {
  /** What outputs follow. */
  readonly followed: readonly Followed[];
  /** Puts the kept part of an output in the place of what is denoised there; by its name. */
  readonly kept: ReadonlyMap<string, (denoised: Tensor) => Tensor>;
}

/** Encodes what outputs follow, and what of them is kept. */
export async function openBeside(
  parts: Parts,
  modalities: readonly AnyModality[],
  outputs: readonly Output[],
  request: GenerateRequest,
): Promise<Beside> {
  const { follow = {}, keep = {} } = request;
  const followed = await Promise.all(
    followedBy(modalities, request).map(async ({ modality, autoencoder }) => ({
      modality,
      latent: await encoded(parts, modality, autoencoder, follow[modality.name], request.signal),
    })),
  );
  const kept = new Map<string, (denoised: Tensor) => Tensor>();
  for (const [name, part] of Object.entries(keep)) {
    if (part === undefined) continue;
    const output = outputs.find(({ modality }) => modality.name === name);
    if (output === undefined) {
      throw new RangeError(`Cannot keep a part of "${name}": it is not among the outputs`);
    }
    kept.set(name, await keepingPart(parts, output, part, request));
  }
  return { followed, kept };
}

/**
 * The modalities of what outputs follow.
 *
 * @throws {RangeError} If one is generated, too, or cannot be followed.
 */
export function followedBy(
  modalities: readonly AnyModality[],
  { to, follow = {} }: GenerateRequest,
): { readonly modality: AnyModality; readonly autoencoder: Autoencoder<unknown> }[] {
  const given = Object.entries(follow).filter(([, sample]) => sample !== undefined);
  return given.map(([name]) => {
    const modality = findModality(modalities, name);
    const { autoencoder } = modality;
    if (to.includes(name)) {
      throw new RangeError(`Cannot follow "${name}" and generate it: leave it out of the outputs`);
    }
    if (autoencoder === undefined || !hasEnvironment(modality)) {
      throw new RangeError(`Cannot follow "${name}": the plugin has no environment encoder`);
    }
    return { modality, autoencoder };
  });
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
function keptMask({ modality, autoencoder }: Output, region: Kept["region"]): Tensor {
  const { name } = modality;
  if (autoencoder.regionMask === undefined && autoencoder.latentMask === undefined) {
    throw new RangeError(`Cannot keep a part of "${name}": it is made as a whole`);
  }
  if (typeof region === "string") return regionMaskOf(modality, region);
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
