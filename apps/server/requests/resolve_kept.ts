import { findModality } from "@codi/core/modality";
import type { AcceptedFile } from "../intake/accepted_file.ts";
import type { KeptSpec } from "../queue/job.ts";
import type { BlobStore } from "../store/store.ts";
import {
  findOutput,
  keepFile,
  keepSample,
  type ResolveContext,
  type ResolvedSample,
  resolveSample,
  sentBytes,
} from "./resolve_samples.ts";
import type { KeptRequest } from "./schema.ts";

/** A sample of a request of which a part is kept: in the modality's own words, or what a mask marks. */
export interface ResolvedKept {
  /** The sample. */
  readonly sample: ResolvedSample;
  /** The part in words, or the file of its mask. */
  readonly part: { readonly region: string } | { readonly mask: AcceptedFile };
}

/**
 * Finds the sample that a request keeps a part of, and the part, and checks both.
 *
 * @param name The name of its modality.
 * @param given How they are given; that the modality has such parts was checked.
 * @param pointer Where they stand in the request.
 * @param context The request and what is known.
 * @returns The sample and its part.
 * @throws {Problem} If there is no such file or output, or one is refused.
 */
export async function resolveKept(
  name: string,
  { region, mask, ...given }: KeptRequest,
  pointer: string,
  context: ResolveContext,
): Promise<ResolvedKept> {
  const sample = await resolveSample(name, given, pointer, context);
  if (mask === undefined) return { sample, part: { region: region! } };
  const place = `${pointer}/mask`;
  const bytes = mask.output === undefined
    ? sentBytes(mask, place, context)
    : (await findOutput(mask.output, place, context)).bytes;
  const modality = findModality(context.modalities, name);
  const file = await context.intake.acceptMask(modality, bytes, fileOf(sample), place);
  return { sample, part: { mask: file } };
}

/** Words, too, are the bytes that a mask has to fit. */
function fileOf({ file, text }: ResolvedSample): AcceptedFile {
  const bytes = new TextEncoder().encode(text);
  return file ?? { bytes, mediaType: "text/plain", memoryBytes: 0 };
}

/**
 * Puts the files of what is kept into the store.
 *
 * @param kept The sample and its part.
 * @param folder Where its files go.
 * @param name The name of its modality.
 * @param store The store.
 * @returns Both as a job keeps them.
 */
export async function keepKept(
  { sample, part }: ResolvedKept,
  folder: string,
  name: string,
  store: BlobStore,
): Promise<KeptSpec> {
  const kept = await keepSample(sample, `${folder}/keep-${name}`, store);
  if ("region" in part) return { ...kept, region: part.region };
  return { ...kept, mask: await keepFile(part.mask, `${folder}/mask-${name}`, store) };
}
