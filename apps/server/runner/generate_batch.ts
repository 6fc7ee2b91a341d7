import type { Codi, Kept } from "@codi/core";
import type { SamplerName } from "@codi/core/diffusion";
import { type AnyModality, findModality, type Prompt } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import type { JobSpec, SampleSpec } from "../queue/job.ts";
import type { Preview } from "../queue/queue.ts";
import { sha256 } from "../sha256.ts";
import type { JobInput, MadeFile } from "./messages.ts";
import { previewOf } from "./preview.ts";
import { type RunRecord, runRecord } from "./run_record.ts";

/** Up to this many letters, a text is told with the job and not only as a file. */
const SHORT_TEXT = 4000;

/** What {@linkcode generateBatch} tells on its way, and asks. */
export interface BatchEvents {
  /** What users should know of the prompts of each job. */
  notices(notices: string[][]): void;
  /** Steps that are done. */
  step(step: number): void;
  /** Whether somebody looks at the previews of a job. */
  watched(job: number): boolean;
  /** How the outputs of a job look by now. */
  preview(job: number, preview: Preview): void;
}

/** Options of {@linkcode generateBatch}. */
export interface BatchOptions {
  /** What generates. */
  readonly codi: Codi;
  /** Threads per operator, for the record. */
  readonly threads: number;
  /** Compatible jobs. */
  readonly jobs: readonly JobInput[];
  /** Ends the work within one step. */
  readonly signal: AbortSignal;
  /** What is told on the way. */
  readonly events: BatchEvents;
}

/** A job with what its samples are made from. */
interface Part {
  readonly spec: JobSpec;
  readonly prompts: readonly Prompt[];
  /** The place of its first sample among all. */
  readonly place: number;
}

/**
 * Generates jobs side by side.
 *
 * @param options Jobs of one batch key, and what to generate with.
 * @returns The files of each job, the record of the run last.
 * @throws The signal's reason, when aborted.
 */
export async function generateBatch(options: BatchOptions): Promise<MadeFile[][]> {
  const { codi, jobs, signal, events } = options;
  const parts: Part[] = [];
  let samples = 0;
  for (const job of jobs) {
    parts.push({ spec: job.spec, prompts: await promptsOf(codi, job), place: samples });
    samples += job.spec.count;
  }
  const notices: string[][] = [];
  for (const { spec, prompts } of parts) {
    notices.push([...new Set(await codi.notices(prompts, { to: spec.to, signal }))]);
  }
  events.notices(notices);
  const { spec } = jobs[0]!;
  const { to, steps, sampler, eta, mixing, guidance, environment, candidates, decoding } = spec;
  const { follow, keep } = await besideOf(codi, jobs[0]!);
  const generation = codi.generateSteps({
    prompts: [],
    to,
    steps,
    sampler: sampler as SamplerName,
    eta,
    mixing,
    decoding,
    samples: parts.flatMap(({ spec, prompts }) =>
      Array.from({ length: spec.count }, (_, number) => ({ prompts, seed: spec.seed, number }))
    ),
    follow,
    keep,
    ...(guidance === undefined ? {} : { guidance }),
    ...(environment === undefined ? {} : { environment }),
    ...(candidates === undefined ? {} : { candidates }),
  });
  for (;;) {
    const { done, value } = await generation.next();
    // Looked at here, between runs of the networks: a Worker must not end under a run.
    signal.throwIfAborted();
    if (done) {
      return await Promise.all(parts.map(async (part) => {
        const batch = { samples, jobs: parts.length, place: part.place };
        const record = await runRecord({
          modalities: codi.modalities,
          spec: part.spec,
          batch,
          threads: options.threads,
        });
        return await filesOf(codi.modalities, part, value, record);
      }));
    }
    const step = value.step + 1;
    events.step(step);
    for (const [job, part] of parts.entries()) {
      const { preview } = part.spec;
      if (preview > 0 && step % preview === 0 && step < steps && events.watched(job)) {
        const outputs = await previews(codi, part, value.denoised, signal);
        events.preview(job, { step, steps, outputs });
      }
    }
  }
}

async function promptsOf(codi: Codi, { spec, uploads }: JobInput): Promise<Prompt[]> {
  const prompts: Prompt[] = [];
  for (const prompt of spec.prompts) { // one after the other: a decoded clip takes much memory
    const modality = findModality(codi.modalities, prompt.modality);
    const { weight, negative } = prompt;
    prompts.push(
      modality.prompt(await sampleOf(modality, prompt, uploads), { weight, negative }),
    );
  }
  return prompts;
}

/** What all samples of a batch follow and keep; it is the same in each of its jobs. */
async function besideOf(
  codi: Codi,
  { spec, uploads }: JobInput,
): Promise<{ follow: Record<string, unknown>; keep: Record<string, Kept> }> {
  const follow: Record<string, unknown> = {};
  const keep: Record<string, Kept> = {};
  for (const [name, sample] of Object.entries(spec.follow)) {
    follow[name] = await sampleOf(findModality(codi.modalities, name), sample, uploads);
  }
  for (const [name, kept] of Object.entries(spec.keep)) {
    const modality = findModality(codi.modalities, name);
    const bytes = (file: SampleSpec) => bytesOf(file, uploads);
    keep[name] = {
      sample: await sampleOf(modality, kept, uploads),
      region: "mask" in kept
        ? await modality.codec.decodeMask!(bytes(kept.mask), bytes(kept))
        : kept.region,
    };
  }
  return { follow, keep };
}

async function sampleOf(
  { codec }: AnyModality,
  sample: SampleSpec,
  uploads: JobInput["uploads"],
): Promise<unknown> {
  return await codec.decode(bytesOf(sample, uploads));
}

function bytesOf(sample: SampleSpec, uploads: JobInput["uploads"]): Uint8Array<ArrayBuffer> {
  return "text" in sample ? new TextEncoder().encode(sample.text) : uploads[sample.upload.key]!;
}

/** How the first sample of a job looks by now. */
async function previews(
  codi: Codi,
  { spec, place }: Part,
  denoised: Readonly<Record<string, Tensor>>,
  signal: AbortSignal,
): Promise<Preview["outputs"]> {
  const outputs: Preview["outputs"][number][] = [];
  for (const name of spec.to) {
    const { shape: [, ...shape], data } = denoised[name]!;
    const size = shape.reduce((total, length) => total * length, 1);
    const latent = {
      shape: [1, ...shape],
      data: data.slice(place * size, (place + 1) * size),
    };
    const settings = spec.decoding[name];
    const [sample] = await codi.decode(name, latent, {
      signal,
      seed: spec.seed,
      ...(settings && { settings }),
    });
    outputs.push(
      await previewOf(findModality(codi.modalities, name), outputName(spec, name, 0), sample),
    );
  }
  return outputs;
}

function outputName({ count }: JobSpec, modality: string, sample: number): string {
  return count > 1 ? `${modality}-${sample + 1}` : modality;
}

async function filesOf(
  modalities: readonly AnyModality[],
  { spec, place }: Part,
  made: readonly Readonly<Record<string, unknown>>[],
  record: RunRecord,
): Promise<MadeFile[]> {
  const files: MadeFile[] = [];
  for (let sample = 0; sample < spec.count; sample++) {
    const outputs = made[place + sample]!;
    // What a job has not asked for is not beside it, whatever else its batch made.
    const beside = Object.fromEntries(spec.to.map((name) => [name, outputs[name]]));
    for (const name of spec.to) {
      const { codec } = findModality(modalities, name);
      const format = spec.format[name];
      const { mediaType, extension } = format === undefined
        ? { mediaType: codec.writes, extension: codec.extension }
        : codec.formats![format]!;
      const bytes = await codec.encode(outputs[name], {
        description: asciiJson({ ...record, sample }),
        beside,
        ...(format === undefined ? {} : { format }),
      });
      const text = mediaType === "text/plain" ? new TextDecoder().decode(bytes).trim() : undefined;
      files.push({
        name: outputName(spec, name, sample),
        modality: name,
        sample,
        mediaType,
        extension,
        bytes,
        sha256: await sha256(bytes),
        ...(text !== undefined && text.length <= SHORT_TEXT && { text }),
      });
    }
  }
  const outputs = files.map(({ name, modality, sample, extension, sha256 }) => ({
    modality,
    sample,
    file: `${name}${extension}`,
    sha256,
  }));
  const bytes = new TextEncoder().encode(`${JSON.stringify({ ...record, outputs }, null, 2)}\n`);
  files.push({
    name: "run",
    modality: undefined,
    sample: 0,
    mediaType: "application/json",
    extension: ".json",
    bytes,
    sha256: await sha256(bytes),
  });
  return files;
}

/** JSON in ASCII letters, as files keep it in their metadata. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
