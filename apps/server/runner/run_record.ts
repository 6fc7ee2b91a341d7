import type { AnyModality } from "@codi/core/modality";
import ort from "onnxruntime-node/package.json" with { type: "json" };
import config from "../deno.json" with { type: "json" };
import type { JobSpec } from "../queue/job.ts";
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
  readonly runtime: Readonly<Record<string, string | number>>;
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
  const names = new Set([...spec.to, ...spec.prompts.map(({ modality }) => modality)]);
  const modalities = options.modalities.filter(({ name }) => names.has(name));
  return {
    codi: config.version,
    space: modalities[0]!.space,
    plugins: Object.fromEntries(modalities.map(({ name, version }) => [name, version])),
    weights: await weightsDigests(modalities),
    request: requestOf(spec, modalities),
    batch,
    runtime: {
      deno: Deno.version.deno,
      onnxruntime: ort.version,
      os: Deno.build.os,
      arch: Deno.build.arch,
      threads,
    },
  };
}

/**
 * A job's request as it is told to its sender: keys of the store stay inside.
 *
 * @param spec What is to be generated.
 * @param modalities The modalities installed, which say what guidance is used where none was given.
 * @returns The request.
 */
export function requestOf(
  spec: JobSpec,
  modalities: readonly AnyModality[],
): Record<string, unknown> {
  const { guidance, prompts, ...rest } = spec;
  const own = (name: string) =>
    modalities.find((modality) => modality.name === name)?.diffusion?.guidance ?? 1;
  return {
    ...rest,
    prompts: prompts.map(({ modality, weight, negative, ...sample }) => ({
      modality,
      ...told(sample),
      weight,
      negative,
    })),
    guidance: Object.fromEntries(
      spec.to.map((name) => [
        name,
        (typeof guidance === "number" ? guidance : guidance?.[name]) ?? own(name),
      ]),
    ),
  };
}

function told(
  sample: { text: string } | { upload: { mediaType: string; bytes: number; sha256: string } },
) {
  if ("text" in sample) return { text: sample.text };
  const { mediaType, bytes, sha256 } = sample.upload;
  return { upload: { mediaType, bytes, sha256 } };
}
