import { z } from "@hono/zod-openapi";
import type { AnyModality } from "@codi/core/modality";
import type { Job } from "../queue/job.ts";
import type { JobQueue } from "../queue/queue.ts";
import { requestOf } from "../runner/run_record.ts";

/** A problem document, for the documentation. */
export const problemSchema = z.object({
  type: z.string().openapi({ example: "urn:codi:problem:invalid-request" }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().optional().openapi({ description: "Under what the log tells more" }),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
}).openapi("Problem");

const time = z.iso.datetime().nullable();

/** A generation as it is told, for the documentation. */
export const generationResourceSchema = z.object({
  id: z.string(),
  status: z.enum(["waiting", "running", "done", "failed", "cancelled", "expired"]),
  position: z.int().nullable().openapi({ description: "Generations that come before it" }),
  step: z.int().openapi({ description: "Steps that are done" }),
  steps: z.int(),
  createdAt: z.iso.datetime(),
  startedAt: time,
  finishedAt: time,
  expiresAt: time,
  request: z.record(z.string(), z.unknown()).openapi({ description: "What was asked for" }),
  notices: z.array(z.string()),
  outputs: z.array(z.object({
    name: z.string(),
    modality: z.string(),
    sample: z.int(),
    mediaType: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    url: z.string(),
    text: z.string().optional(),
  })),
  run: z.string().nullable().openapi({ description: "Where the record of the run is" }),
  error: problemSchema.nullable(),
}).openapi("Generation");

/** A generation as it is told. */
export type GenerationResource = z.infer<typeof generationResourceSchema>;

/**
 * What is told of a job.
 *
 * @param job The job.
 * @param modalities The installed modalities.
 * @param queue Where it waits, if it does.
 * @returns The resource.
 */
export async function generationResource(
  job: Job,
  modalities: readonly AnyModality[],
  queue: JobQueue,
): Promise<GenerationResource> {
  const path = `/v1/generations/${job.id}`;
  const made = job.outputs.flatMap(({ modality, name, sample, mediaType, bytes, sha256, text }) =>
    modality === undefined ? [] : [{
      name,
      modality,
      sample,
      mediaType,
      bytes,
      sha256,
      url: `${path}/outputs/${name}`,
      ...(text !== undefined && { text }),
    }]
  );
  return {
    id: job.id,
    status: job.status,
    position: job.status === "waiting" ? await queue.position(job.id) ?? null : null,
    step: job.step,
    steps: job.spec.steps,
    createdAt: new Date(job.createdAt).toISOString(),
    startedAt: timeOf(job.startedAt),
    finishedAt: timeOf(job.finishedAt),
    expiresAt: timeOf(job.expiresAt),
    request: requestOf(job.spec, modalities),
    notices: [...job.notices],
    outputs: made,
    run: job.status === "done" ? `${path}/outputs/run` : null,
    error: job.error === undefined ? null : {
      ...job.error,
      errors: job.error.errors && [...job.error.errors],
    },
  };
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
