import type { GenerateRequest } from "@codi/core/generation";
import { type AnyModality, findModality } from "@codi/core/modality";
import type { GenerationPlan } from "./generation_plan.ts";
import { type ReadFile, readSample, type SampleRecord } from "./read_prompt.ts";

/** What outputs follow and keep, as the record of a run tells it. */
export interface BesideRecord {
  /** What outputs follow, by modality. */
  readonly follow: Readonly<Record<string, SampleRecord>>;
  /** What outputs keep a part of, by modality. */
  readonly keep: Readonly<Record<string, SampleRecord & { readonly region: string }>>;
}

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
  const kept: Record<string, { sample: unknown; region: string }> = {};
  const followed: Record<string, SampleRecord> = {};
  const keptRecords: Record<string, SampleRecord & { region: string }> = {};
  for (const [name, value] of Object.entries(follow)) {
    const { sample, record } = await read(name, value);
    samples[name] = sample;
    followed[name] = record;
  }
  for (const [name, { value, region }] of Object.entries(keep)) {
    const { sample, record } = await read(name, value);
    kept[name] = { sample, region };
    keptRecords[name] = { ...record, region };
  }
  return {
    request: { follow: samples, keep: kept },
    record: { follow: followed, keep: keptRecords },
  };
}
