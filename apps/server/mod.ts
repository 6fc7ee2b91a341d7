/**
 * The HTTP service of CoDi, on Hono: the app, and the interfaces of what it works with.
 *
 * @module
 */
export { type AppOptions, createApp, type ServerApp } from "./app.ts";
export { DEFAULT_CONFIG, type Limits, type ServerConfig } from "./config.ts";
export { EventLog, type LoggedChange } from "./events/event_log.ts";
export type { AcceptedFile } from "./intake/accepted_file.ts";
export { type Intake, type IntakeOptions, openIntake } from "./intake/intake.ts";
export type { PictureSize } from "./intake/picture_size.ts";
export { Problem, type ProblemDocument, type ProblemName } from "./problem.ts";
export type { ProblemOptions, ProblemPlace } from "./problem.ts";
export type {
  FileSpec,
  Job,
  JobOutput,
  JobSpec,
  JobStatus,
  KeptSpec,
  PromptSpec,
  SampleSpec,
  Scale,
  Upload,
} from "./queue/job.ts";
export type {
  JobChange,
  JobQueue,
  JobResult,
  Lease,
  ListOptions,
  NewJob,
  Preview,
  PreviewOutput,
  QueueCounts,
  TakeOptions,
} from "./queue/queue.ts";
export { openSqliteQueue, type SqliteQueueOptions } from "./queue/sqlite_queue.ts";
export type { Services } from "./routes/environment.ts";
export {
  type Generator,
  type GeneratorEvents,
  type GeneratorOptions,
  openGenerator,
} from "./runner/generator.ts";
export type { Embedded, EmbedInput, JobInput, MadeFile } from "./runner/messages.ts";
export { runJobs, type RunJobsOptions, type RunningJobs } from "./runner/run_jobs.ts";
export { diskStore } from "./store/disk_store.ts";
export type { BlobStore, ByteRange, StoredFolder } from "./store/store.ts";
