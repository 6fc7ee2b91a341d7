import type { Job, JobStatus } from "./job.ts";

/** A job of its record; undefined if there is none. */
export function jobOfRecord(record: Readonly<Record<string, string>>): Job | undefined {
  const { id, spec } = record;
  if (id === undefined || spec === undefined) return undefined;
  const number = (name: string) =>
    record[name] === undefined || record[name] === "" ? undefined : Number(record[name]);
  return {
    id,
    owner: record["owner"]!,
    status: record["status"] as JobStatus,
    spec: JSON.parse(spec),
    step: Number(record["step"]),
    notices: JSON.parse(record["notices"]!),
    outputs: JSON.parse(record["outputs"]!),
    error: record["error"] === undefined ? undefined : JSON.parse(record["error"]),
    attempts: Number(record["attempts"]),
    createdAt: number("created")!,
    startedAt: number("started"),
    finishedAt: number("finished"),
    expiresAt: number("expires"),
  };
}

/** The name of the BullMQ queue for jobs with certain needs. */
export function classOf(needs: readonly string[]): string {
  return needs.join("+");
}

/** The needs of the jobs in a class. */
export function needsOfClass(name: string): string[] {
  return name.split("+");
}
