import { join } from "@std/path";
import type { ServerConfig } from "../config.ts";
import type { JobQueue } from "../queue/queue.ts";
import { openSqliteQueue } from "../queue/sqlite_queue.ts";
import { diskStore } from "../store/disk_store.ts";
import { s3Store } from "../store/s3_store.ts";
import type { BlobStore } from "../store/store.ts";
import { type ServeOptions, UsageError } from "./command_line.ts";

/** Where jobs and files are. */
export interface Storage {
  /** Where jobs are. */
  readonly queue: JobQueue;
  /** Where their files are. */
  readonly store: BlobStore;
}

/**
 * Opens the queue and the store that a server was told of.
 *
 * @param options What it was told.
 * @param config Its limits.
 * @param report Is told of errors of connections.
 * @returns Both.
 * @throws {UsageError} If an address is none.
 * @throws {Error} If one cannot be opened.
 */
export async function openStorage(
  options: ServeOptions,
  config: ServerConfig,
  report: (message: string, error: unknown) => void,
): Promise<Storage> {
  const limits = {
    waiting: config.limits.waiting,
    resultSeconds: config.resultSeconds,
    forgetSeconds: config.forgetSeconds,
  };
  const store = openStore(options);
  if (options.queue !== undefined) {
    if (!/^rediss?:\/\//.test(options.queue)) {
      throw new UsageError(
        `Cannot use --queue "${options.queue}": it is an address such as redis://127.0.0.1:6379`,
      );
    }
    const { lockSeconds } = options;
    // One machine needs none of this, and neither the permissions that it takes.
    const { openRedisQueue } = await import("../queue/redis_queue.ts");
    return {
      queue: await openRedisQueue(options.queue, { ...limits, lockSeconds, report }),
      store,
    };
  }
  await Deno.mkdir(options.data, { recursive: true });
  return { queue: openSqliteQueue(join(options.data, "queue.sqlite"), limits), store };
}

function openStore({ store, data }: ServeOptions): BlobStore {
  if (store === undefined) return diskStore(join(data, "files"));
  if (!store.startsWith("s3://")) return diskStore(store);
  const { hostname: bucket, pathname, searchParams } = new URL(store);
  const region = searchParams.get("region") ?? "us-east-1";
  const accessKeyId = Deno.env.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = Deno.env.get("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new UsageError(
      `Cannot use --store "${store}": AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY hold no key`,
    );
  }
  return s3Store({
    endpoint: searchParams.get("endpoint") ?? `https://s3.${region}.amazonaws.com`,
    bucket,
    prefix: pathname.length > 1 ? `${pathname.slice(1).replace(/\/$/, "")}/` : "",
    region,
    accessKeyId,
    secretAccessKey,
  });
}
