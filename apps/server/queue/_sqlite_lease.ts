import type { SQLInputValue } from "node:sqlite";
import type { ProblemDocument } from "../problem.ts";
import { tooManyAttempts } from "./_problems.ts";
import type { Job } from "./job.ts";
import type { Lease } from "./queue.ts";

/** How often a job is begun at most: one that brings the process down must not do so for ever. */
export const MOST_ATTEMPTS = 5;

/** What a lease needs of the queue. */
export interface LeaseQueue {
  /** Changes a row that still is the holder's; tells whether it was. */
  write(job: string, sql: string, values: readonly SQLInputValue[]): boolean;
  /** The same, and the lease is over. */
  end(job: string, sql: string, values: readonly SQLInputValue[]): boolean;
  step(job: Job, step: number): void;
  preview(job: string, preview: Parameters<Lease["preview"]>[0]): void;
  /** Steps that are done. */
  taken(job: string): number;
  watched(job: string): boolean;
  waiting(): void;
  /** Now, and when results that are made now are removed. */
  times(): [now: number, expiry: number];
}

/** Makes the lease of a job that was begun. */
export function sqliteLease(job: Job, signal: AbortSignal, queue: LeaseQueue): Lease {
  const { id, attempts, spec: { steps } } = job;
  const fail = (error: ProblemDocument) =>
    queue.end(id, "status = 'failed', step = ?, error = ?, finished = ?, expires = ?", [
      queue.taken(id),
      JSON.stringify(error),
      ...queue.times(),
    ]);
  return {
    job,
    signal,
    watched: () => queue.watched(id),
    notice: (notices) =>
      attempt(() => void queue.write(id, "notices = ?", [JSON.stringify(notices)])),
    step: (step) => attempt(() => queue.step(job, step)),
    preview: (preview) => attempt(() => queue.preview(id, preview)),
    finish: ({ notices, outputs }) =>
      attempt(() =>
        queue.end(
          id,
          `status = 'done', step = ?, notices = ?, outputs = ?, bytes = bytes + ?, finished = ?,
           expires = ?`,
          [
            steps,
            JSON.stringify(notices),
            JSON.stringify(outputs),
            outputs.reduce((total, { bytes }) => total + bytes, 0),
            ...queue.times(),
          ],
        )
      ),
    fail: (error) => attempt(() => void fail(error)),
    release: ({ blame = false } = {}) =>
      attempt(() => {
        if (blame && attempts >= MOST_ATTEMPTS) fail(tooManyAttempts(id, attempts));
        else if (
          queue.end(id, "status = 'waiting', step = 0, attempts = attempts - ?", [blame ? 0 : 1])
        ) queue.waiting();
      }),
  };
}

/** Does something at once; what it throws rejects. */
export function attempt<Value>(work: () => Value): Promise<Value> {
  return new Promise((resolve) => resolve(work()));
}
