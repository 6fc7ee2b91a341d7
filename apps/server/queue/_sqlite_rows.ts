import type { Job, JobStatus } from "./job.ts";

/** Changes with every change of the tables, or of what their JSON holds. */
export const SCHEMA_VERSION = 1;

/** The tables; `seq` is the order of arrival, and what is released goes before all that waits. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    status TEXT NOT NULL,
    spec TEXT NOT NULL,
    needs TEXT NOT NULL,
    batchKey TEXT NOT NULL,
    step INTEGER NOT NULL DEFAULT 0,
    notices TEXT NOT NULL DEFAULT '[]',
    outputs TEXT NOT NULL DEFAULT '[]',
    error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER,
    finished INTEGER,
    expires INTEGER,
    idempotencyKey TEXT,
    idempotencyDigest TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, seq);
  CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner, seq);
  CREATE UNIQUE INDEX IF NOT EXISTS jobs_by_key ON jobs (owner, idempotencyKey);
`;

/** A row of the table. */
export interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly owner: string;
  readonly status: JobStatus;
  readonly spec: string;
  readonly needs: string;
  readonly batchKey: string;
  readonly step: number;
  readonly notices: string;
  readonly outputs: string;
  readonly error: string | null;
  readonly attempts: number;
  readonly created: number;
  readonly started: number | null;
  readonly finished: number | null;
  readonly expires: number | null;
  readonly idempotencyDigest: string | null;
}

/** A job of its row. */
export function jobOfRow(row: JobRow): Job {
  return {
    id: row.id,
    owner: row.owner,
    status: row.status,
    spec: JSON.parse(row.spec),
    step: row.step,
    notices: JSON.parse(row.notices),
    outputs: JSON.parse(row.outputs),
    error: row.error === null ? undefined : JSON.parse(row.error),
    attempts: row.attempts,
    createdAt: row.created,
    startedAt: row.started ?? undefined,
    finishedAt: row.finished ?? undefined,
    expiresAt: row.expires ?? undefined,
  };
}
