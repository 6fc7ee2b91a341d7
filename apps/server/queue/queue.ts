import type { ProblemDocument } from "../problem.ts";
import type { Job, JobOutput, JobSpec, JobStatus } from "./job.ts";

/** A generation that is to be accepted. */
export interface NewJob {
  /** Its id. */
  readonly id: string;
  /** Whose it is. */
  readonly owner: string;
  /** What is to be generated. */
  readonly spec: JobSpec;
  /** Bytes of its uploads in the store. */
  readonly bytes: number;
  /** A key under which the same request is accepted once only, and the digest of the request. */
  readonly idempotency?: { readonly key: string; readonly digest: string };
}

/** What {@linkcode JobQueue.list} is asked for. */
export interface ListOptions {
  /** Whose. */
  readonly owner: string;
  /** Those in one state only. */
  readonly status?: JobStatus;
  /** A cursor of an earlier answer: those before it. */
  readonly before?: string;
  /** How many at most. */
  readonly limit: number;
}

/** What happens to jobs, as it happens. */
export type JobChange =
  | { readonly type: "state"; readonly id: string; readonly job: Job }
  | { readonly type: "step"; readonly id: string; readonly step: number; readonly steps: number }
  | { readonly type: "preview"; readonly id: string; readonly preview: Preview };

/** How the outputs of a running job look by now. */
export interface Preview {
  /** Steps that are done. */
  readonly step: number;
  /** All steps. */
  readonly steps: number;
  /** One for each output. */
  readonly outputs: readonly PreviewOutput[];
}

/** How one output looks by now. */
export interface PreviewOutput {
  /** The output's name. */
  readonly name: string;
  /** The name of its modality. */
  readonly modality: string;
  /** The media type of what follows. */
  readonly mediaType: string;
  /** The bytes in base64. */
  readonly data?: string;
  /** The words. */
  readonly text?: string;
}

/** What a job has come to. */
export interface JobResult {
  /** What a user should know of the prompts. */
  readonly notices: readonly string[];
  /** What was made; all of it is in the store. */
  readonly outputs: readonly JobOutput[];
}

/** A job that somebody has taken to run. */
export interface Lease {
  /** The job. */
  readonly job: Job;
  /** Aborted when the job is cancelled, or has gone to somebody else. */
  readonly signal: AbortSignal;
  /** Whether anybody is looking at previews. */
  watched(): boolean;
  /** Tells what a user should know of the prompts. */
  notice(notices: readonly string[]): Promise<void>;
  /** Tells how many steps are done. */
  step(step: number): Promise<void>;
  /** Tells how the outputs look by now. */
  preview(preview: Preview): Promise<void>;
  /** The job is done. Nothing happens if it is no longer the holder's; tells whether it was. */
  finish(result: JobResult): Promise<boolean>;
  /** The job has failed. Nothing happens if it is no longer the holder's. */
  fail(error: ProblemDocument): Promise<void>;
  /** The job goes back into the queue, before all others; as if it had not been begun unless it is to blame. */
  release(options?: { readonly blame?: boolean }): Promise<void>;
}

/** What {@linkcode JobQueue.take} is asked for. */
export interface TakeOptions {
  /** The modalities that the taker has: jobs that need others stay. */
  readonly modalities: readonly string[];
  /** How many samples the jobs may have together; a single job may have more. */
  readonly samples: number;
}

/** Numbers of jobs. */
export interface QueueCounts {
  /** Those that wait. */
  readonly waiting: number;
  /** Those that run. */
  readonly running: number;
  /** Bytes of all requests and results. */
  readonly bytes: number;
}

/** A queue of generations that survives whatever happens to the processes that use it. */
export interface JobQueue extends AsyncDisposable {
  /**
   * Refuses early what {@linkcode JobQueue.add} would refuse because the queue is full.
   *
   * @param owner Whose request it is.
   * @param key Its idempotency key; a known one is let through.
   * @throws {Problem} If the queue is full.
   */
  admit(owner: string, key: string | undefined): Promise<void>;
  /**
   * Accepts a job: from here on it is not lost.
   *
   * @param job The job.
   * @returns It, and whether it is new; with a known idempotency key the one accepted before.
   * @throws {Problem} If the queue is full, or the idempotency key belongs to another request.
   */
  add(job: NewJob): Promise<{ readonly job: Job; readonly created: boolean }>;
  /** The job of an id. */
  get(id: string): Promise<Job | undefined>;
  /** An owner's jobs, the newest first, and the cursor for those before them. */
  list(options: ListOptions): Promise<{ readonly jobs: Job[]; readonly next: string | undefined }>;
  /** How many jobs are to be run before this one; undefined if it does not wait. */
  position(id: string): Promise<number | undefined>;
  /** How many there are. */
  counts(): Promise<QueueCounts>;
  /** Cancels a job that waits or runs; others stay as they are. Gives the job as it is then. */
  cancel(id: string): Promise<Job | undefined>;
  /**
   * Takes the oldest job that the taker can do, and others that can run beside it.
   *
   * @param options What the taker can do.
   * @returns Leases, none if there is nothing to do.
   */
  take(options: TakeOptions): Promise<Lease[]>;
  /** Calls back when a job may be there to be taken. Gives a function that ends it. */
  onWaiting(listener: () => void): () => void;
  /** Calls back for everything that happens to jobs. Gives a function that ends it. */
  onChange(listener: (change: JobChange) => void): () => void;
  /** Tells that somebody looks at a job's previews, until the function it gives is called. */
  watch(id: string): () => void;
  /**
   * Marks as expired whose time is over.
   *
   * @param now The time, in milliseconds since 1970.
   * @returns The ids of jobs whose files can be removed.
   */
  expire(now: number): Promise<string[]>;
}
