import type { MixingRule } from "@codi/core/conditioning";
import type { ProblemDocument } from "../problem.ts";

/** Where a generation stands. */
export type JobStatus = "waiting" | "running" | "done" | "failed" | "cancelled" | "expired";

/** The states in which nothing more happens to it by itself but that it expires. */
export const FINAL: readonly JobStatus[] = ["done", "failed", "cancelled", "expired"];

/** A file that came with a request and lies in the store. */
export interface Upload {
  /** Its key in the store. */
  readonly key: string;
  /** Its media type, found in its bytes. */
  readonly mediaType: string;
  /** Its length. */
  readonly bytes: number;
  /** Its SHA-256 in hexadecimal digits. */
  readonly sha256: string;
}

/** A file of a request. */
export interface FileSpec {
  /** Where it is. */
  readonly upload: Upload;
}

/** A sample of a request: words, or a file. */
export type SampleSpec = { readonly text: string } | FileSpec;

/** A prompt of a request. */
export type PromptSpec = SampleSpec & {
  /** The name of its modality. */
  readonly modality: string;
  /** Its share beside other prompts. */
  readonly weight: number;
  /** Whether to steer away from it. */
  readonly negative: boolean;
};

/** A sample of which a part is kept: in the modality's own words, or what a mask marks. */
export type KeptSpec =
  & SampleSpec
  & ({ readonly region: string } | { readonly mask: FileSpec });

/** A scale for all outputs, or by modality. */
export type Scale = number | Readonly<Record<string, number>>;

/** All that fixes what a generation gives. */
export interface JobSpec {
  /** The prompts, in order. */
  readonly prompts: readonly PromptSpec[];
  /** The modalities to generate. */
  readonly to: readonly string[];
  /** Keys all noise. */
  readonly seed: number;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The sampler. */
  readonly sampler: string;
  /** How much of its noise DDIM draws afresh. */
  readonly eta: number;
  /** How prompts are mixed. */
  readonly mixing: MixingRule;
  /** The guidance scales; each modality's own where left out. */
  readonly guidance: Scale | undefined;
  /** How much outputs heed each other; each modality's own measure where left out. */
  readonly environment: Scale | undefined;
  /**
   * How many beginnings of each sample are tried; where left out, each modality's own of what hears no
   * other output, and what core has for outputs that are made together.
   */
  readonly candidates: number | Readonly<Record<string, number>> | undefined;
  /** Samples that the outputs follow, by modality. */
  readonly follow: Readonly<Record<string, SampleSpec>>;
  /** Samples of which a part is kept, by modality. */
  readonly keep: Readonly<Record<string, KeptSpec>>;
  /** How many samples. */
  readonly count: number;
  /** How latents become samples, by modality. */
  readonly decoding: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** The format of the files of a modality. */
  readonly format: Readonly<Record<string, string>>;
  /** A preview every so many steps; 0 for none. */
  readonly preview: number;
}

/** A file that a generation has made. */
export interface JobOutput {
  /** Its name, under which it is asked for. */
  readonly name: string;
  /** The name of its modality; undefined for the record of the run. */
  readonly modality: string | undefined;
  /** The number of the sample. */
  readonly sample: number;
  /** Its media type. */
  readonly mediaType: string;
  /** The ending of its file's name, with the dot. */
  readonly extension: string;
  /** Its key in the store. */
  readonly key: string;
  /** Its length. */
  readonly bytes: number;
  /** Its SHA-256 in hexadecimal digits. */
  readonly sha256: string;
  /** The text itself, if it is a short one. */
  readonly text?: string;
}

/** A generation, as the queue keeps it. */
export interface Job {
  /** Its id. */
  readonly id: string;
  /** Whose it is; empty if there are no tokens. */
  readonly owner: string;
  /** Where it stands. */
  readonly status: JobStatus;
  /** What is to be generated. */
  readonly spec: JobSpec;
  /** Steps that are done. */
  readonly step: number;
  /** What a user should know of the prompts. */
  readonly notices: readonly string[];
  /** What was made. */
  readonly outputs: readonly JobOutput[];
  /** Why it failed. */
  readonly error: ProblemDocument | undefined;
  /** How often it was begun. */
  readonly attempts: number;
  /** When it was accepted, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When it was begun, the last time. */
  readonly startedAt: number | undefined;
  /** When it was over. */
  readonly finishedAt: number | undefined;
  /** When its results are removed. */
  readonly expiresAt: number | undefined;
}

/** Modalities that a machine needs for a job. */
export function needsOf({ prompts, to, follow }: JobSpec): string[] {
  const prompting = prompts.map(({ modality }) => modality);
  return [...new Set([...to, ...prompting, ...Object.keys(follow)])].sort();
}

/** All samples of a job that came with its request, and their masks. */
export function samplesOf(
  { prompts, follow, keep }: Pick<JobSpec, "prompts" | "follow" | "keep">,
): SampleSpec[] {
  const kept = Object.values(keep);
  const masks = kept.flatMap((sample) => "mask" in sample ? [sample.mask] : []);
  return [...prompts, ...Object.values(follow), ...kept, ...masks];
}

/** Bytes of the files of a job that came with its request. */
export function uploadBytesOf(spec: Pick<JobSpec, "prompts" | "follow" | "keep">): number {
  return samplesOf(spec).reduce(
    (sum, sample) => sum + ("upload" in sample ? sample.upload.bytes : 0),
    0,
  );
}

function contentOf(sample: SampleSpec): string {
  return "text" in sample ? sample.text : sample.upload.sha256;
}

/** The words or the mask of a part; nothing where all of a sample is meant. */
function partOf(sample: SampleSpec | KeptSpec): string[] {
  if ("region" in sample) return ["region", sample.region];
  return "mask" in sample ? ["mask", contentOf(sample.mask)] : [];
}

/**
 * What two jobs have in common if they can be generated side by side.
 *
 * @param spec What is to be generated.
 * @returns A text; equal ones are compatible.
 */
export function batchKeyOf(spec: JobSpec): string {
  const { to, steps, sampler, eta, mixing, guidance, environment, candidates, decoding } = spec;
  const sorted = <Value>(value: Readonly<Record<string, Value>>) =>
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return JSON.stringify([
    [...to].sort(),
    steps,
    sampler,
    eta,
    mixing,
    ...[guidance, environment, candidates].map((setting) =>
      typeof setting === "object" ? sorted(setting) : setting ?? null
    ),
    // All samples of a batch follow and keep the same.
    ...[spec.follow, spec.keep].map((samples) =>
      sorted(samples).map(([name, sample]) => [name, contentOf(sample), ...partOf(sample)])
    ),
    sorted(decoding).map(([name, settings]) => [name, sorted(settings)]),
  ]);
}
