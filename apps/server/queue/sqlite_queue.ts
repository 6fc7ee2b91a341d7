import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Problem, type ProblemDocument } from "../problem.ts";
import { Listeners } from "./_listeners.ts";
import { jobOfRow, type JobRow, SCHEMA } from "./_sqlite_rows.ts";
import { queueFull, tooManyAttempts } from "./_problems.ts";
import { batchKeyOf, type Job, needsOf } from "./job.ts";
import type {
  JobChange,
  JobQueue,
  JobResult,
  Lease,
  ListOptions,
  NewJob,
  QueueCounts,
  TakeOptions,
} from "./queue.ts";

/** How often a job is begun at most: one that brings the process down must not do so for ever. */
const MOST_ATTEMPTS = 5;

/** Options of {@linkcode openSqliteQueue}. */
export interface SqliteQueueOptions {
  /** How many jobs may wait. */
  readonly waiting: number;
  /** How long results are kept, in seconds. */
  readonly resultSeconds: number;
  /** How long an expired job is remembered, in seconds. */
  readonly forgetSeconds: number;
  /** The clock, in milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
}

/**
 * A queue in a SQLite file, for one process. What was accepted is on the disk before the answer is
 * sent; what was running when the process ended is run again.
 *
 * @param path The file; it is made if there is none.
 * @param options Limits and the clock.
 * @returns The queue.
 * @throws {Error} If another process uses the file.
 */
export function openSqliteQueue(path: string, options: SqliteQueueOptions): JobQueue {
  return new SqliteQueue(openDatabase(path), options);
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // The lock is the operating system's, so that it ends with the process however that ends.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec(SCHEMA);
    return database;
  } catch (cause) {
    database.close();
    const busy = cause instanceof Error && cause.message.includes("locked");
    throw new Error(
      `Cannot open the queue "${path}": ${
        busy ? "another server uses it; stop that one, or give this one a folder by --data" : cause
      }`,
      { cause },
    );
  }
}

class SqliteQueue implements JobQueue {
  readonly #database: DatabaseSync;
  readonly #options: SqliteQueueOptions;
  readonly #now: () => number;
  readonly #changes = new Listeners<JobChange>();
  readonly #waiting = new Listeners<void>();
  readonly #running = new Map<string, AbortController>();
  readonly #watched = new Map<string, number>();
  readonly #statements = new Map<string, StatementSync>();
  /** Steps of running jobs: a process that ends begins them anew, so they need not be on the disk. */
  readonly #steps = new Map<string, number>();

  constructor(database: DatabaseSync, options: SqliteQueueOptions) {
    this.#database = database;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#recover();
  }

  add(job: NewJob): Promise<{ job: Job; created: boolean }> {
    return this.#try(() => {
      const { idempotency } = job;
      if (idempotency !== undefined) {
        const known = this.#row(
          "owner = ? AND idempotencyKey = ?",
          job.owner,
          idempotency.key,
        );
        if (known !== undefined) {
          if (known.idempotencyDigest !== idempotency.digest) {
            throw new Problem(
              "idempotency-mismatch",
              "The Idempotency-Key was used with another request; take a new key",
            );
          }
          return { job: jobOfRow(known), created: false };
        }
      }
      if (this.#count("waiting") >= this.#options.waiting) throw queueFull(this.#options.waiting);
      this.#run(
        `INSERT INTO jobs (id, owner, status, spec, needs, batchKey, bytes, created,
           idempotencyKey, idempotencyDigest) VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?)`,
        job.id,
        job.owner,
        JSON.stringify(job.spec),
        JSON.stringify(needsOf(job.spec)),
        batchKeyOf(job.spec),
        job.bytes,
        this.#now(),
        idempotency?.key ?? null,
        idempotency?.digest ?? null,
      );
      this.#waiting.tell();
      return { job: this.#job(job.id)!, created: true };
    });
  }

  get(id: string): Promise<Job | undefined> {
    return this.#try(() => this.#job(id));
  }

  list(options: ListOptions): Promise<{ jobs: Job[]; next: string | undefined }> {
    return this.#try(() => {
      const { owner, status, before, limit } = options;
      const rows = this.#rows(
        "owner = ? AND (? IS NULL OR status = ?) AND seq < ? ORDER BY seq DESC LIMIT ?",
        owner,
        status ?? null,
        status ?? null,
        before === undefined ? Number.MAX_SAFE_INTEGER : Number(before),
        limit + 1,
      );
      const shown = rows.slice(0, limit);
      return {
        jobs: shown.map((row) => this.#jobOf(row)),
        next: rows.length > limit ? String(shown.at(-1)!.seq) : undefined,
      };
    });
  }

  position(id: string): Promise<number | undefined> {
    return this.#try(() => {
      const row = this.#row("id = ? AND status = 'waiting'", id);
      if (row === undefined) return undefined;
      return this.#number(
        "SELECT count(*) AS value FROM jobs WHERE status = 'waiting' AND seq < ?",
        row.seq,
      );
    });
  }

  counts(): Promise<QueueCounts> {
    return this.#try(() => ({
      waiting: this.#count("waiting"),
      running: this.#count("running"),
      bytes: this.#number("SELECT coalesce(sum(bytes), 0) AS value FROM jobs"),
    }));
  }

  cancel(id: string): Promise<Job | undefined> {
    return this.#try(() => {
      const { changes } = this.#run(
        `UPDATE jobs SET status = 'cancelled', finished = ?1, expires = ?2
         WHERE id = ?3 AND status IN ('waiting', 'running')`,
        this.#now(),
        this.#expiry(),
        id,
      );
      if (changes > 0) {
        this.#running.get(id)?.abort(new Error("cancelled"));
        this.#running.delete(id);
        this.#steps.delete(id);
        this.#told(id);
      }
      return this.#job(id);
    });
  }

  take({ modalities, samples }: TakeOptions): Promise<Lease[]> {
    return this.#try(() => {
      const waiting = this.#rows(
        "status = 'waiting' ORDER BY seq LIMIT ?",
        this.#options.waiting + 1,
      ).filter(({ needs }) =>
        (JSON.parse(needs) as string[]).every((name) => modalities.includes(name))
      );
      const first = waiting[0];
      if (first === undefined) return [];
      const taken: JobRow[] = [];
      let total = 0;
      for (const row of waiting) {
        if (row.batchKey !== first.batchKey) continue;
        const { count } = jobOfRow(row).spec;
        if (taken.length > 0 && total + count > samples) continue;
        taken.push(row);
        total += count;
      }
      const now = this.#now();
      this.#transaction(() => {
        for (const { id } of taken) {
          this.#run(
            `UPDATE jobs SET status = 'running', started = ?, attempts = attempts + 1, step = 0
             WHERE id = ?`,
            now,
            id,
          );
        }
      });
      return taken.map(({ id }) => {
        this.#told(id);
        return this.#lease(this.#job(id)!);
      });
    });
  }

  onWaiting(listener: () => void): () => void {
    return this.#waiting.add(listener);
  }

  onChange(listener: (change: JobChange) => void): () => void {
    return this.#changes.add(listener);
  }

  watch(id: string): () => void {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    return () => {
      const left = (this.#watched.get(id) ?? 1) - 1;
      if (left > 0) this.#watched.set(id, left);
      else this.#watched.delete(id);
    };
  }

  expire(now: number): Promise<string[]> {
    return this.#try(() => {
      const rows = this.#rows("expires <= ? AND status <> 'expired'", now);
      for (const { id } of rows) {
        this.#run(
          "UPDATE jobs SET status = 'expired', outputs = '[]', bytes = 0 WHERE id = ?",
          id,
        );
        this.#told(id);
      }
      this.#run(
        "DELETE FROM jobs WHERE status = 'expired' AND expires <= ?",
        now - 1000 * this.#options.forgetSeconds,
      );
      return rows.map(({ id }) => id);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#try(() => {
      for (const controller of this.#running.values()) controller.abort(new Error("closed"));
      this.#database.close();
    });
  }

  #lease(job: Job): Lease {
    const { id } = job;
    const controller = new AbortController();
    this.#running.set(id, controller);
    const holds = () => this.#running.get(id) === controller && !controller.signal.aborted;
    const end = (sql: string, ...values: SQLInputValue[]): boolean => {
      if (!holds()) return false;
      this.#run(`UPDATE jobs SET ${sql} WHERE id = ? AND status = 'running'`, ...values, id);
      this.#running.delete(id);
      this.#steps.delete(id);
      this.#told(id);
      return true;
    };
    const over = (error: ProblemDocument) =>
      end(
        "status = 'failed', error = ?, finished = ?, expires = ?",
        JSON.stringify(error),
        this.#now(),
        this.#expiry(),
      );
    return {
      job,
      signal: controller.signal,
      watched: () => this.#watched.has(id),
      notice: (notices) =>
        this.#try(() => {
          if (!holds()) return;
          this.#run("UPDATE jobs SET notices = ? WHERE id = ?", JSON.stringify(notices), id);
          this.#told(id);
        }),
      step: (step) =>
        this.#try(() => {
          if (!holds()) return;
          this.#steps.set(id, step);
          this.#changes.tell({ type: "step", id, step, steps: job.spec.steps });
        }),
      preview: (preview) =>
        this.#try(() => {
          if (holds()) this.#changes.tell({ type: "preview", id, preview });
        }),
      finish: (result: JobResult) =>
        this.#try(() =>
          end(
            `status = 'done', step = ?, notices = ?, outputs = ?, bytes = bytes + ?, finished = ?,
             expires = ?`,
            job.spec.steps,
            JSON.stringify(result.notices),
            JSON.stringify(result.outputs),
            result.outputs.reduce((total, { bytes }) => total + bytes, 0),
            this.#now(),
            this.#expiry(),
          )
        ),
      fail: (error) => this.#try(() => void over(error)),
      release: ({ blame = false } = {}) =>
        this.#try(() => {
          if (blame && job.attempts >= MOST_ATTEMPTS) {
            over(tooManyAttempts(job.attempts));
          } else if (end("status = 'waiting', step = 0, attempts = attempts - ?", blame ? 0 : 1)) {
            this.#waiting.tell();
          }
        }),
    };
  }

  /** Puts back what was running when the process ended. */
  #recover(): void {
    this.#run(
      `UPDATE jobs SET status = 'failed', error = ?, finished = ?, expires = ?
       WHERE status = 'running' AND attempts >= ?`,
      JSON.stringify(tooManyAttempts(MOST_ATTEMPTS)),
      this.#now(),
      this.#expiry(),
      MOST_ATTEMPTS,
    );
    this.#run("UPDATE jobs SET status = 'waiting', step = 0 WHERE status = 'running'");
  }

  #told(id: string): void {
    const job = this.#job(id);
    if (job !== undefined) this.#changes.tell({ type: "state", id, job });
  }

  #expiry(): number {
    return this.#now() + 1000 * this.#options.resultSeconds;
  }

  #job(id: string): Job | undefined {
    const row = this.#row("id = ?", id);
    return row && this.#jobOf(row);
  }

  #jobOf(row: JobRow): Job {
    const step = row.status === "running" ? this.#steps.get(row.id) : undefined;
    return { ...jobOfRow(row), ...(step !== undefined && { step }) };
  }

  #count(status: string): number {
    return this.#number("SELECT count(*) AS value FROM jobs WHERE status = ?", status);
  }

  #row(where: string, ...values: SQLInputValue[]): JobRow | undefined {
    return this.#rows(where, ...values)[0];
  }

  #rows(where: string, ...values: SQLInputValue[]): JobRow[] {
    const found = this.#statement(`SELECT * FROM jobs WHERE ${where}`).all(...values);
    return found as unknown as JobRow[];
  }

  #number(sql: string, ...values: SQLInputValue[]): number {
    return this.#statement(sql).get(...values)!["value"] as number;
  }

  #run(sql: string, ...values: SQLInputValue[]): { changes: number | bigint } {
    return this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #transaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** The work is done at once; what it throws rejects. */
  #try<Value>(work: () => Value): Promise<Value> {
    return new Promise((resolve) => resolve(work()));
  }
}
