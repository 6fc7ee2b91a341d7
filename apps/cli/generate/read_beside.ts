import type { GenerateRequest, Kept } from "@codi/core/generation";
import { type AnyModality, type Codec, findModality } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { basename } from "@std/path";
import { reasonOf } from "../message.ts";
import { sha256 } from "../sha256.ts";
import type { GenerationPlan } from "./generation_plan.ts";
import { type ReadFile, readSample, type SampleRecord } from "./read_prompt.ts";

/** What outputs follow and keep, as the record of a run tells it. */
export interface BesideRecord {
  /** What outputs follow, by modality. */
  readonly follow: Readonly<Record<string, SampleRecord>>;
  /** What outputs keep a part of, by modality. */
  readonly keep: Readonly<Record<string, KeptRecord>>;
}

/** A sample of which a part is kept: in the modality's own words, or what a mask marks. */
export type KeptRecord =
  & SampleRecord
  & ({ readonly region: string } | { readonly mask: SampleRecord });

/** What outputs follow and keep, ready to be used. */
export interface ReadBeside {
  /** The samples. */
  readonly request: Pick<GenerateRequest, "follow" | "keep">;
  /** Their record. */
  readonly record: BesideRecord;
}

/**
 * Reads what outputs follow and keep.
 *
 * @param plan The files.
 * @param modalities The installed modalities.
 * @param readFile Reads files.
 * @returns The samples and their record.
 * @throws {Error} If a file cannot be read; the message names it.
 */
export async function readBeside(
  { follow, keep }: GenerationPlan,
  modalities: readonly AnyModality[],
  readFile: ReadFile,
): Promise<ReadBeside> {
  const read = (name: string, value: string) =>
    readSample({ modality: findModality(modalities, name), value }, readFile);
  const samples: Record<string, unknown> = {};
  const kept: Record<string, Kept> = {};
  const followed: Record<string, SampleRecord> = {};
  const keptRecords: Record<string, KeptRecord> = {};
  for (const [name, value] of Object.entries(follow)) {
    const { sample, record } = await read(name, value);
    samples[name] = sample;
    followed[name] = record;
  }
  for (const [name, source] of Object.entries(keep)) {
    const { sample, record, bytes } = await read(name, source.value);
    const { codec, autoencoder } = findModality(modalities, name);
    if ("region" in source) {
      autoencoder?.regionMask?.(source.region); // says what is wrong before anything is generated
      kept[name] = { sample, region: source.region };
      keptRecords[name] = { ...record, region: source.region };
    } else {
      const mask = await readMask(codec, source.mask, bytes, readFile);
      autoencoder?.latentMask?.(mask.region);
      kept[name] = { sample, region: mask.region };
      keptRecords[name] = { ...record, mask: mask.record };
    }
  }
  return {
    request: { follow: samples, keep: kept },
    record: { follow: followed, keep: keptRecords },
  };
}

/** The mask of a sample from a file. */
async function readMask(
  codec: Codec<unknown>,
  value: string,
  sample: Uint8Array,
  readFile: ReadFile,
): Promise<{ readonly region: Tensor; readonly record: SampleRecord }> {
  try {
    const bytes = await readFile(value);
    const region = await codec.decodeMask!(bytes, sample);
    return { region, record: { file: basename(value), sha256: await sha256(bytes) } };
  } catch (cause) {
    const reason = reasonOf(cause).replace(/^Cannot read [^:]*: /, "");
    throw new Error(`Cannot read the mask "${value}": ${reason}`, { cause });
  }
}
