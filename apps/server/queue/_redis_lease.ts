import type { Job as BullJob } from "bullmq";
import type { ProblemDocument } from "../problem.ts";
import { END, RELEASE, UPDATE } from "./_redis_scripts.ts";
import type { Job, JobStatus } from "./job.ts";
import type { JobChange, JobResult, Lease } from "./queue.ts";

/** A lease of a job in Redis. */
export interface RedisLease extends Lease {
  /** Ends the work on it. */
  abort(reason: Error): void;
  /** Shows a sign of life. */
  renew(milliseconds: number): Promise<void>;
}

/** What processes tell each other of a job whose state has changed; its record has the rest. */
export interface StateMessage {
  readonly type: "state";
  readonly id: string;
  readonly status: JobStatus;
}

/** What a lease needs of the queue. */
export interface LeaseQueue {
  script(script: string, values: readonly (string | number)[]): Promise<unknown>;
  expiry(): number;
  publish(
    change: StateMessage | Exclude<JobChange, { type: "state" }>,
  ): Promise<void>;
  watched(id: string): Promise<boolean>;
  ended(id: string): void;
}

/** Makes the lease of a job that was begun. */
export function redisLease(
  job: Job,
  bull: BullJob,
  token: string,
  queue: LeaseQueue,
): RedisLease {
  const { id } = job;
  const controller = new AbortController();
  let watched = false;
  const update = async (...members: (string | number)[]): Promise<boolean> => {
    if (controller.signal.aborted) return false;
    if (await queue.script(UPDATE, [id, token, ...members]) === 1) return true;
    controller.abort(new Error("The job has gone to somebody else"));
    return false;
  };
  const end = async (
    status: JobStatus,
    bytes: number,
    ...members: (string | number)[]
  ): Promise<boolean> => {
    const all = ["status", status, "finished", Date.now(), ...members];
    const ended = await queue.script(END, [id, token, queue.expiry(), bytes, ...all]) === 1;
    queue.ended(id);
    // The record says that it is over, so BullMQ's part may fail: who gets the job again will see.
    await bull.moveToCompleted(null, token, false).catch(() => undefined);
    if (ended) await queue.publish({ type: "state", id, status });
    return ended;
  };
  return {
    job,
    signal: controller.signal,
    abort: (reason) => {
      if (controller.signal.aborted) return;
      controller.abort(reason);
      queue.ended(id);
      bull.moveToCompleted(null, token, false).catch(() => undefined);
    },
    renew: async (milliseconds) => {
      await bull.extendLock(token, milliseconds);
    },
    watched: () => watched,
    notice: async (notices) => {
      if (await update("notices", JSON.stringify(notices))) {
        await queue.publish({ type: "state", id, status: "running" });
      }
    },
    step: async (step) => {
      if (!await update("step", step)) return;
      await queue.publish({ type: "step", id, step, steps: job.spec.steps });
      watched = await queue.watched(id);
    },
    preview: async (preview) => {
      if (!controller.signal.aborted) await queue.publish({ type: "preview", id, preview });
    },
    finish: ({ notices, outputs }: JobResult) =>
      end(
        "done",
        outputs.reduce((total, { bytes }) => total + bytes, 0),
        ...["step", job.spec.steps],
        ...["notices", JSON.stringify(notices), "outputs", JSON.stringify(outputs)],
      ),
    fail: async (error: ProblemDocument) => {
      await end("failed", 0, "error", JSON.stringify(error));
    },
    release: async ({ blame = false } = {}) => {
      const released = await queue.script(RELEASE, [id, token, blame ? 0 : -1]) === 1;
      queue.ended(id);
      await bull.moveToWait(token).catch(() => undefined);
      if (released) await queue.publish({ type: "state", id, status: "waiting" });
    },
  };
}
