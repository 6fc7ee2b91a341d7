import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type JobRow, SCHEMA, SCHEMA_VERSION } from "./_sqlite_rows.ts";

/** The table of jobs in a SQLite file that one process has for itself. */
export class SqliteTable implements Disposable {
  readonly #database: DatabaseSync;
  readonly #log: string;
  #file: Deno.FsFile | undefined;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens a file, or makes it. */
  constructor(path: string) {
    const database = new DatabaseSync(path);
    try {
      // The lock is the operating system's, so that it ends with the process however that ends.
      database.exec("PRAGMA locking_mode = EXCLUSIVE");
      database.exec("PRAGMA journal_mode = WAL");
      // A killed process loses nothing by this; what a power cut must not lose is flushed.
      database.exec("PRAGMA synchronous = NORMAL");
      checkVersion(database);
      database.exec(SCHEMA);
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    } catch (cause) {
      database.close();
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `Cannot open the queue "${path}": ${
          message.includes("locked")
            ? "another server uses it; stop that one, or give this one a folder by --data"
            : message
        }`,
        { cause },
      );
    }
    this.#database = database;
    this.#log = `${path}-wal`;
  }

  /** Waits until everything that was written is on the disk, without keeping the thread. */
  async flush(): Promise<void> {
    this.#file ??= await Deno.open(this.#log, { read: true, write: true });
    await this.#file.sync();
  }

  /** The first row of which something holds. */
  row(where: string, ...values: SQLInputValue[]): JobRow | undefined {
    return this.rows(where, ...values)[0];
  }

  /** All rows of which something holds. */
  rows(where: string, ...values: SQLInputValue[]): JobRow[] {
    const found = this.#statement(`SELECT * FROM jobs WHERE ${where}`).all(...values);
    return found as unknown as JobRow[];
  }

  /** What a query gives as `value`. */
  number(sql: string, ...values: SQLInputValue[]): number {
    return this.#statement(sql).get(...values)!["value"] as number;
  }

  /** Changes something; tells how many rows. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /** Does all of some work or nothing of it. */
  transaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Refuses a file whose rows would be read wrongly. */
function checkVersion(database: DatabaseSync): void {
  const version = database.prepare("PRAGMA user_version").get()!["user_version"];
  const tables = database.prepare("SELECT count(*) AS value FROM sqlite_schema").get()!["value"];
  if (version === SCHEMA_VERSION || tables === 0) return;
  throw new Error(
    `it is of version ${version}, this server writes version ${SCHEMA_VERSION}; move the folder away, or give another one by --data`,
  );
}
