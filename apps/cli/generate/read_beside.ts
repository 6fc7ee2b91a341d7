import type { GenerateRequest, Kept } from "@codi/core/generation";
import { type AnyModality, findModality, regionMaskOf } from "@codi/core/modality";
import type { GenerationPlan } from "./generation_plan.ts";
import { type ReadFile, readRecorded, readSample, type SampleRecord } from "./read_prompt.ts";

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
    const modality = findModality(modalities, name);
    const { codec, autoencoder } = modality;
    if ("region" in source) {
      regionMaskOf(modality, source.region); // says what is wrong before anything is generated
      kept[name] = { sample, region: source.region };
      keptRecords[name] = { ...record, region: source.region };
    } else {
      const mask = await readRecorded(
        "mask",
        source.mask,
        readFile,
        (marked) => codec.decodeMask!(marked, bytes),
      );
      autoencoder?.latentMask?.(mask.sample);
      kept[name] = { sample, region: mask.sample };
      keptRecords[name] = { ...record, mask: mask.record };
    }
  }
  return {
    request: { follow: samples, keep: kept },
    record: { follow: followed, keep: keptRecords },
  };
}
