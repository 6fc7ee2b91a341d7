import type { SQLInputValue } from "node:sqlite";
import { Listeners } from "./_listeners.ts";
import { Watchers } from "./_watchers.ts";
import { attempt, MOST_ATTEMPTS, sqliteLease } from "./_sqlite_lease.ts";
import { jobOfRow, type JobRow } from "./_sqlite_rows.ts";
import { SqliteTable } from "./_sqlite_table.ts";
import { idempotencyMismatch, queueFull, tooManyAttempts } from "./_problems.ts";
import { batchKeyOf, type Job, needsOf } from "./job.ts";
import type {
  JobChange,
  JobQueue,
  Lease,
  ListOptions,
  NewJob,
  QueueCounts,
  TakeOptions,
} from "./queue.ts";

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
  return new SqliteQueue(new SqliteTable(path), options);
}

class SqliteQueue implements JobQueue {
  readonly #table: SqliteTable;
  readonly #options: SqliteQueueOptions;
  readonly #now: () => number;
  readonly #changes = new Listeners<JobChange>();
  readonly #waiting = new Listeners<void>();
  readonly #running = new Map<string, AbortController>();
  readonly #watched = new Watchers();
  /** Steps of running jobs: a process that ends begins them anew, so they need not be on the disk. */
  readonly #steps = new Map<string, number>();

  constructor(table: SqliteTable, options: SqliteQueueOptions) {
    this.#table = table;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#recover();
  }

  admit(owner: string, key: string | undefined): Promise<void> {
    return attempt(() => {
      if (this.#keyed(owner, key) === undefined) this.#checkFull();
    });
  }

  async add(job: NewJob): Promise<{ job: Job; created: boolean }> {
    const { idempotency } = job;
    const known = this.#keyed(job.owner, idempotency?.key);
    if (known !== undefined) {
      if (known.idempotencyDigest !== idempotency!.digest) throw idempotencyMismatch();
      return { job: jobOfRow(known), created: false };
    }
    this.#checkFull();
    this.#table.run(
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
    await this.#table.flush();
    this.#waiting.tell();
    return { job: this.#job(job.id)!, created: true };
  }

  get(id: string): Promise<Job | undefined> {
    return attempt(() => this.#job(id));
  }

  list(options: ListOptions): Promise<{ jobs: Job[]; next: string | undefined }> {
    return attempt(() => {
      const { owner, status, before, limit } = options;
      const rows = this.#table.rows(
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
    return attempt(() => {
      const row = this.#table.row("id = ? AND status = 'waiting'", id);
      if (row === undefined) return undefined;
      return this.#table.number(
        "SELECT count(*) AS value FROM jobs WHERE status = 'waiting' AND seq < ?",
        row.seq,
      );
    });
  }

  counts(): Promise<QueueCounts> {
    return attempt(() => ({
      waiting: this.#count("waiting"),
      running: this.#count("running"),
      bytes: this.#table.number("SELECT coalesce(sum(bytes), 0) AS value FROM jobs"),
    }));
  }

  cancel(id: string): Promise<Job | undefined> {
    return attempt(() => {
      const changes = this.#table.run(
        `UPDATE jobs SET status = 'cancelled', step = ?, finished = ?, expires = ?
         WHERE id = ? AND status IN ('waiting', 'running')`,
        this.#steps.get(id) ?? 0,
        this.#now(),
        this.#expiry(),
        id,
      );
      if (changes > 0) {
        this.#running.get(id)?.abort(new Error("cancelled"));
        this.#forget(id);
        this.#told(id);
      }
      return this.#job(id);
    });
  }

  take({ modalities, samples }: TakeOptions): Promise<Lease[]> {
    return attempt(() => {
      const waiting = this.#table.rows(
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
      this.#table.transaction(() => {
        for (const { id } of taken) {
          this.#table.run(
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
    return this.#watched.add(id);
  }

  expire(now: number): Promise<string[]> {
    return attempt(() => {
      const rows = this.#table.rows("expires <= ? AND status <> 'expired'", now);
      for (const { id } of rows) {
        this.#table.run(
          "UPDATE jobs SET status = 'expired', outputs = '[]', bytes = 0 WHERE id = ?",
          id,
        );
        this.#told(id);
      }
      this.#table.run(
        "DELETE FROM jobs WHERE status = 'expired' AND expires <= ?",
        now - 1000 * this.#options.forgetSeconds,
      );
      return rows.map(({ id }) => id);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return attempt(() => {
      for (const controller of this.#running.values()) controller.abort(new Error("closed"));
      this.#table[Symbol.dispose]();
    });
  }

  #lease(job: Job): Lease {
    const controller = new AbortController();
    this.#running.set(job.id, controller);
    const holds = (id: string) =>
      this.#running.get(id) === controller && !controller.signal.aborted;
    const write = (id: string, sql: string, values: readonly SQLInputValue[]) => {
      if (!holds(id)) return false;
      this.#table.run(
        `UPDATE jobs SET ${sql} WHERE id = ? AND status = 'running'`,
        ...values,
        id,
      );
      this.#told(id);
      return true;
    };
    return sqliteLease(job, controller.signal, {
      write,
      end: (id, sql, values) => {
        if (!write(id, sql, values)) return false;
        this.#forget(id);
        return true;
      },
      step: ({ id, spec: { steps } }, step) => {
        if (!holds(id)) return;
        this.#steps.set(id, step);
        this.#changes.tell({ type: "step", id, step, steps });
      },
      preview: (id, preview) => {
        if (holds(id)) this.#changes.tell({ type: "preview", id, preview });
      },
      taken: (id) => this.#steps.get(id) ?? 0,
      watched: (id) => this.#watched.has(id),
      waiting: () => this.#waiting.tell(),
      times: () => [this.#now(), this.#expiry()],
    });
  }

  #checkFull(): void {
    if (this.#count("waiting") >= this.#options.waiting) throw queueFull(this.#options.waiting);
  }

  #keyed(owner: string, key: string | undefined): JobRow | undefined {
    return key === undefined
      ? undefined
      : this.#table.row("owner = ? AND idempotencyKey = ?", owner, key);
  }

  #forget(id: string): void {
    this.#running.delete(id);
    this.#steps.delete(id);
  }

  /** Puts back what was running when the process ended. */
  #recover(): void {
    for (const { id } of this.#table.rows("status = 'running' AND attempts >= ?", MOST_ATTEMPTS)) {
      this.#table.run(
        "UPDATE jobs SET status = 'failed', error = ?, finished = ?, expires = ? WHERE id = ?",
        JSON.stringify(tooManyAttempts(id, MOST_ATTEMPTS)),
        this.#now(),
        this.#expiry(),
        id,
      );
    }
    this.#table.run("UPDATE jobs SET status = 'waiting', step = 0 WHERE status = 'running'");
  }

  #told(id: string): void {
    const job = this.#job(id);
    if (job !== undefined) this.#changes.tell({ type: "state", id, job });
  }

  #expiry(): number {
    return this.#now() + 1000 * this.#options.resultSeconds;
  }

  #job(id: string): Job | undefined {
    const row = this.#table.row("id = ?", id);
    return row && this.#jobOf(row);
  }

  #jobOf(row: JobRow): Job {
    const step = row.status === "running" ? this.#steps.get(row.id) : undefined;
    return { ...jobOfRow(row), ...(step !== undefined && { step }) };
  }

  #count(status: string): number {
    return this.#table.number("SELECT count(*) AS value FROM jobs WHERE status = ?", status);
  }
}
