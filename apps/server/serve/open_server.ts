import type { AnyModality } from "@codi/core/modality";
import { join, toFileUrl } from "@std/path";
import { createApp } from "../app.ts";
import { DEFAULT_CONFIG, type ServerConfig } from "../config.ts";
import { EventLog } from "../events/event_log.ts";
import { openIntake } from "../intake/intake.ts";
import { openSqliteQueue } from "../queue/sqlite_queue.ts";
import type { JobQueue } from "../queue/queue.ts";
import { openGenerator } from "../runner/generator.ts";
import { runJobs } from "../runner/run_jobs.ts";
import { diskStore } from "../store/disk_store.ts";
import type { BlobStore } from "../store/store.ts";
import { type ServeOptions, UsageError } from "./command_line.ts";
import { readTokens } from "./read_tokens.ts";

/** Seconds between looks for what has expired. */
const EXPIRY_INTERVAL = 60;

/** A server that is ready to answer, without a socket. */
export interface OpenServer {
  /** Answers a request. */
  fetch(request: Request, address: string): Response | Promise<Response>;
  /** Ends: what runs gets its grace, what does not end in it goes back into the queue. */
  close(): Promise<void>;
}

/**
 * Puts a server together.
 *
 * @param options What it was told.
 * @param report Is told of errors that are nobody's but the server's.
 * @returns The server.
 * @throws {UsageError} If it would listen beyond this machine for everybody, or cannot be set up so.
 */
export async function openServer(
  options: ServeOptions,
  report: (message: string, error: unknown) => void,
): Promise<OpenServer> {
  const config = await configOf(options);
  const modalitiesUrl = modulesOf(options);
  const module: { modalities: readonly AnyModality[] } = await import(modalitiesUrl.href);
  const { modalities } = module;
  await using opened = new AsyncDisposableStack();
  const { queue, store } = await openStorage(options, config);
  opened.use(queue);
  const { threads } = options;
  const generator = opened.use(
    openGenerator({ modalities: modalitiesUrl, ...(threads !== undefined && { threads }) }),
  );
  const intake = opened.use(openIntake({
    modalities: modalitiesUrl,
    limits: config.limits,
    seconds: config.decodeSeconds,
  }));
  const events = opened.use(new EventLog(queue));
  const addresses = new WeakMap<Request, string>();
  const app = await createApp({
    config,
    modalities,
    queue,
    store,
    generator,
    intake,
    events,
    report,
    address: (request) => addresses.get(request) ?? "",
  });
  const running = options.generate
    ? runJobs({
      queue,
      store,
      generator,
      modalities: modalities.map(({ name }) => name),
      samples: options.batch,
      jobSeconds: options.jobSeconds,
      report,
    })
    : undefined;
  const expiring = setInterval(() => {
    expire(queue, store).catch((error) => report("Cannot remove what has expired", error));
  }, 1000 * EXPIRY_INTERVAL);
  const resources = opened.move();
  return {
    fetch: (request, address) => {
      addresses.set(request, address);
      return app.fetch(request);
    },
    close: async () => {
      clearInterval(expiring);
      await running?.stop(options.graceSeconds);
      await resources.disposeAsync();
    },
  };
}

/** Marks as expired whose time is over and removes their files. */
async function expire(queue: JobQueue, store: BlobStore): Promise<void> {
  for (const id of await queue.expire(Date.now())) await store.remove(`${id}/`);
}

/** The module with the modalities. */
function modulesOf({ modalities }: ServeOptions): URL {
  return modalities === undefined
    ? new URL("../modalities.ts", import.meta.url)
    : new URL(modalities, toFileUrl(`${Deno.cwd()}/`));
}

async function openStorage(
  options: ServeOptions,
  config: ServerConfig,
): Promise<{ queue: JobQueue; store: BlobStore }> {
  await Deno.mkdir(options.data, { recursive: true });
  return {
    queue: openSqliteQueue(join(options.data, "queue.sqlite"), {
      waiting: config.limits.waiting,
      resultSeconds: config.resultSeconds,
      forgetSeconds: config.forgetSeconds,
    }),
    store: diskStore(join(options.data, "files")),
  };
}

async function configOf(options: ServeOptions): Promise<ServerConfig> {
  const { host, hostNames, open } = options;
  const tokens = options.tokens === undefined ? {} : await readTokens(options.tokens);
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host);
  if (!loopback && options.tokens === undefined && !open) {
    throw new UsageError(
      `Cannot listen on "${host}" without tokens, since anybody could use it: give --tokens FILE, or --open if that is meant`,
    );
  }
  return {
    ...DEFAULT_CONFIG,
    limits: {
      ...DEFAULT_CONFIG.limits,
      waiting: options.waiting,
      jobSeconds: options.jobSeconds,
    },
    resultSeconds: 3600 * options.keepHours,
    storeBytes: 1e6 * options.diskMegabytes,
    memoryBytes: 1e6 * options.memoryMegabytes,
    requestsPerMinute: options.requestsPerMinute,
    tokens,
    origins: options.origins,
    // With tokens a foreign page has nothing to send; without them the name is what tells it apart.
    hosts: !loopback && hostNames.length === 0
      ? undefined
      : [...DEFAULT_CONFIG.hosts!, ...hostNames.map((name) => name.toLowerCase())],
  };
}
