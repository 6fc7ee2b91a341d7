import type { AnyModality } from "@codi/core/modality";
import { type RuntimeRecord, runtimeRecord } from "@codi/core/runtime";
import config from "../deno.json" with { type: "json" };
import { type JobSpec, needsOf, type SampleSpec, type Scale } from "../queue/job.ts";
import { weightsDigests } from "./weights_digests.ts";

/** How a job was run: the content of its `run.json`, but for its files. */
export interface RunRecord {
  /** The version of this program. */
  readonly codi: string;
  /** The shared space of the modalities. */
  readonly space: string;
  /** The version of each plugin that took part. */
  readonly plugins: Readonly<Record<string, string>>;
  /** The SHA-256 of each file of weights of those plugins. */
  readonly weights: Readonly<Record<string, string>>;
  /** The request: prompts with their words or the digests of their files, and all settings. */
  readonly request: Readonly<Record<string, unknown>>;
  /**
   * How many samples of how many jobs were generated side by side, and at which place this job's first
   * one stood: it can change the last digits.
   */
  readonly batch: { readonly samples: number; readonly jobs: number; readonly place: number };
  /** What it ran on. */
  readonly runtime: RuntimeRecord;
}

/** What {@linkcode runRecord} writes down. */
export interface RunRecordOptions {
  /** The modalities installed. */
  readonly modalities: readonly AnyModality[];
  /** The job. */
  readonly spec: JobSpec;
  /** What it was generated beside. */
  readonly batch: RunRecord["batch"];
  /** Threads per operator. */
  readonly threads: number;
}

/**
 * Writes down how a job is run.
 *
 * @param options What, beside what, and on what.
 * @returns The record; equal for equal runs, so without times.
 */
export async function runRecord(options: RunRecordOptions): Promise<RunRecord> {
  const { spec, batch, threads } = options;
  const names = new Set(needsOf(spec));
  const modalities = options.modalities.filter(({ name }) => names.has(name));
  return {
    codi: config.version,
    space: modalities[0]!.space,
    plugins: Object.fromEntries(modalities.map(({ name, version }) => [name, version])),
    weights: await weightsDigests(modalities),
    request: requestOf(spec, modalities),
    batch,
    runtime: runtimeRecord(threads),
  };
}

/**
 * A job's request as it is told to its sender: keys of the store stay inside. Candidates are told as they
 * were given, if they were: their number hangs on which outputs hear each other, which only the core knows.
 *
 * @param spec What is to be generated.
 * @param modalities The modalities installed, which say what guidance is used where none was given.
 * @returns The request.
 */
export function requestOf(
  spec: JobSpec,
  modalities: readonly AnyModality[],
): Record<string, unknown> {
  const { guidance, environment, prompts, follow, keep, ...rest } = spec;
  const known = (name: string) => modalities.find((modality) => modality.name === name);
  const scales = (given: Scale | undefined, own: (name: string) => number | undefined) =>
    Object.fromEntries(spec.to.flatMap((name) => {
      const scale = (typeof given === "number" ? given : given?.[name]) ?? own(name);
      return scale === undefined ? [] : [[name, scale]];
    }));
  return {
    ...rest,
    prompts: prompts.map(({ modality, weight, negative, ...sample }) => ({
      modality,
      ...told(sample),
      weight,
      negative,
    })),
    guidance: scales(guidance, (name) => known(name)?.diffusion?.guidance),
    environment: scales(environment, (name) => {
      const modality = known(name);
      return modality?.weights.environment && modality.environment?.guidance;
    }),
    follow: Object.fromEntries(
      Object.entries(follow).map(([name, sample]) => [name, told(sample)]),
    ),
    keep: Object.fromEntries(
      Object.entries(keep).map(([name, kept]) => [
        name,
        {
          ...told(kept),
          ..."mask" in kept ? { mask: told(kept.mask) } : { region: kept.region },
        },
      ]),
    ),
  };
}

function told(sample: SampleSpec): Record<string, unknown> {
  if ("text" in sample) return { text: sample.text };
  const { mediaType, bytes, sha256 } = sample.upload;
  return { upload: { mediaType, bytes, sha256 } };
}
