import { samplers } from "@codi/core/diffusion";
import { type AnyModality, regionMaskOf, settingComplaint } from "@codi/core/modality";
import type { Limits } from "../config.ts";
import { Problem, type ProblemPlace } from "../problem.ts";
import { invalid } from "./check.ts";
import type { GenerationRequest } from "./schema.ts";

/**
 * Checks what a schema cannot know: names of modalities, formats and samplers, and this server's limits.
 *
 * @param request The request.
 * @param modalities The installed modalities.
 * @param limits What requests may ask for.
 * @throws {Problem} If something is unknown or above its limit.
 */
export function checkGeneration(
  request: GenerationRequest,
  modalities: readonly AnyModality[],
  limits: Limits,
): void {
  const places: ProblemPlace[] = [];
  const wrong = (pointer: string, detail: string) => places.push({ pointer, detail });
  const outputs = modalities.filter(({ autoencoder, diffusion }) => autoencoder && diffusion);
  const names = outputs.map(({ name }) => name);
  request.to.forEach((name, place) => {
    if (!names.includes(name)) {
      wrong(`/to/${place}`, `"${name.slice(0, 50)}" is none of ${names.join(", ")}`);
    } else if (request.to.indexOf(name) < place) wrong(`/to/${place}`, "it is there twice");
  });
  if (!Object.hasOwn(samplers, request.sampler)) {
    wrong("/sampler", `it is none of ${Object.keys(samplers).join(", ")}`);
  }
  checkFollow(request, modalities, wrong);
  checkKeep(request, modalities, wrong);
  const byOutput = ["guidance", "environment", "candidates", "decoding", "format", "keep"] as const;
  for (const member of byOutput) {
    const value = request[member];
    for (const name of typeof value === "object" ? Object.keys(value) : []) {
      if (!request.to.includes(name)) {
        wrong(`/${member}/${name.slice(0, 50)}`, "it is not among the outputs");
      }
    }
  }
  for (const [name, settings] of Object.entries(request.decoding)) {
    const modality = outputs.find((modality) => modality.name === name);
    if (modality === undefined || !request.to.includes(name)) continue; // it is told already
    for (const [setting, value] of Object.entries(settings)) {
      const complaint = settingComplaint(modality, setting, value);
      if (complaint !== undefined) wrong(`/decoding/${name}/${setting.slice(0, 50)}`, complaint);
    }
  }
  for (const [name, format] of Object.entries(request.format)) {
    const formats = outputs.find((modality) => modality.name === name)?.codec.formats ?? {};
    if (!Object.hasOwn(formats, format) && request.to.includes(name)) {
      wrong(`/format/${name}`, `it is none of ${Object.keys(formats).join(", ") || "(one only)"}`);
    }
  }
  if (places.length > 0) throw invalid(places);
  const most = [
    ["prompts", request.prompts.length, limits.prompts],
    ["steps", request.steps, limits.steps],
    ["count", request.count, limits.count],
  ] as const;
  for (const [what, value, limit] of most) {
    if (value > limit) {
      throw new Problem("too-large", `${what}: ${value} is above the limit of ${limit}`, {
        errors: [{ pointer: `/${what}`, detail: `it is at most ${limit}` }],
      });
    }
  }
}

type Wrong = (pointer: string, detail: string) => void;

function checkFollow(
  { follow, to, environment }: GenerationRequest,
  modalities: readonly AnyModality[],
  wrong: Wrong,
): void {
  const listeners = modalities.filter((one) => to.includes(one.name) && canBeFollowed(one));
  const heeds = ({ name }: AnyModality) =>
    (typeof environment === "object" ? environment[name] : environment) !== 0;
  for (const name of Object.keys(follow)) {
    const pointer = `/follow/${name.slice(0, 50)}`;
    const modality = modalities.find((modality) => modality.name === name);
    if (to.includes(name)) wrong(pointer, "it is generated; leave it out of to, or keep a part");
    else if (modality === undefined || !canBeFollowed(modality)) {
      const able = modalities.filter(canBeFollowed).map(({ name }) => name);
      wrong(pointer, `it cannot be followed; ${able.join(", ") || "nothing"} can`);
    } else if (listeners.length === 0) wrong(pointer, "none of the outputs can follow anything");
    else if (!listeners.some(heeds)) {
      wrong("/environment", "with 0 no output follows anything; leave it out");
    }
  }
}

function checkKeep(
  { keep, to }: GenerationRequest,
  modalities: readonly AnyModality[],
  wrong: Wrong,
): void {
  for (const [name, { region }] of Object.entries(keep)) {
    const modality = modalities.find((modality) => modality.name === name);
    if (modality === undefined || !to.includes(name)) continue; // it is told already
    const { regionMask } = modality.autoencoder ?? {};
    if (regionMask === undefined && !canBeMasked(modality)) {
      wrong(`/keep/${name}`, "it is made as a whole");
      continue;
    }
    if (region === undefined) {
      if (canBeMasked(modality)) continue;
      const able = modalities.filter(canBeMasked).map(({ name }) => name);
      wrong(
        `/keep/${name}/mask`,
        `parts of ${name} are told in words, as its region; ${
          able.join(", ") || "nothing"
        } can have a mask`,
      );
      continue;
    }
    if (regionMask === undefined) {
      wrong(`/keep/${name}/region`, `parts of ${name} are told by a mask`);
      continue;
    }
    try {
      regionMaskOf(modality, region);
    } catch (error) {
      const told = error instanceof SyntaxError || error instanceof RangeError;
      if (!told || !error.message.startsWith("Cannot ")) throw error; // nothing that a plugin says
      wrong(`/keep/${name}/region`, error.message);
    }
  }
}

/** Whether parts of a modality's samples can be told by a mask. */
export function canBeMasked({ codec, autoencoder }: AnyModality): boolean {
  return codec.decodeMask !== undefined && autoencoder?.latentMask !== undefined;
}

/** Whether other outputs hear samples of a modality. */
export function canBeFollowed({ environment, weights, autoencoder }: AnyModality): boolean {
  return environment !== undefined && weights.environment !== undefined &&
    autoencoder !== undefined;
}
