import { createApp } from "../app.ts";
import { EventLog } from "../events/event_log.ts";
import { openIntake } from "../intake/intake.ts";
import { openGenerator } from "../runner/generator.ts";
import { runJobs } from "../runner/run_jobs.ts";
import type { ServeOptions } from "./command_line.ts";
import { configOf } from "./config_of.ts";
import { loadModalities } from "./load_modalities.ts";
import { openStorage } from "./open_storage.ts";
import { removeExpired } from "./remove_expired.ts";
import { removeOrphans } from "./remove_orphans.ts";

/** Seconds between looks for what has expired. */
const EXPIRY_INTERVAL = 60;
/** Seconds between looks for files of no job. */
const ORPHAN_INTERVAL = 3600;

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
  const loaded = await loadModalities(options, (note) => report(note, undefined));
  const { modalities } = loaded;
  await using opened = new AsyncDisposableStack();
  const { queue, store } = await openStorage(options, config, report);
  opened.use(queue);
  const { threads } = options;
  const generator = opened.use(
    openGenerator({ modalities: loaded.url, ...(threads !== undefined && { threads }) }),
  );
  const intake = opened.use(openIntake({
    modalities: loaded.url,
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
      waitSeconds: options.waitSeconds,
      jobSeconds: options.jobSeconds,
      jobDiskBytes: config.limits.jobDiskBytes,
      storeBytes: config.storeBytes,
      report,
    })
    : undefined;
  const cleaning = new Set<Promise<unknown>>();
  const clean = (what: string, work: Promise<unknown>) => {
    const done = work.catch((error) => report(`Cannot remove ${what}`, error))
      .finally(() => cleaning.delete(done));
    cleaning.add(done);
  };
  const expire = () => clean("what has expired", removeExpired(queue, store, Date.now()));
  const orphans = (before: number) =>
    clean("files of no generation", removeOrphans(queue, store, before));
  expire();
  // A queue of this process alone has no request on its way yet; others may have one.
  orphans(Date.now() - (options.queue === undefined ? 0 : 1000 * ORPHAN_INTERVAL));
  const timers = [
    setInterval(expire, 1000 * EXPIRY_INTERVAL),
    setInterval(() => orphans(Date.now() - 1000 * ORPHAN_INTERVAL), 1000 * ORPHAN_INTERVAL),
  ];
  const resources = opened.move();
  return {
    fetch: (request, address) => {
      addresses.set(request, address);
      return app.fetch(request);
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(cleaning);
      await running?.stop(options.graceSeconds);
      await resources.disposeAsync();
    },
  };
}
