/**
 * A machine that generates what others accept: `deno task worker`.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { openGenerator } from "./runner/generator.ts";
import { runJobs } from "./runner/run_jobs.ts";
import { parseServeArguments, UsageError, WORKER_HELP } from "./serve/command_line.ts";
import { configOf } from "./serve/config_of.ts";
import { loadModalities } from "./serve/load_modalities.ts";
import { openStorage } from "./serve/open_storage.ts";

/** Tells those who look after the machine. */
function report(message: string, error: unknown): void {
  console.error(`${new Date().toISOString()} ${message}`, error ?? "");
}

async function work(args: readonly string[]): Promise<void> {
  const options = parseServeArguments(args);
  if (options.queue === undefined) {
    throw new UsageError("Cannot start a worker without a queue: give --queue redis://HOST:PORT");
  }
  const { url, modalities } = await loadModalities(options, (note) => report(note, undefined));
  const names = modalities.map(({ name }) => name);
  const { queue, store } = await openStorage(options, await configOf(options), report);
  await using generator = openGenerator({
    modalities: url,
    ...(options.threads !== undefined && { threads: options.threads }),
  });
  const running = runJobs({
    queue,
    store,
    generator,
    modalities: names,
    samples: options.batch,
    waitSeconds: options.waitSeconds,
    jobSeconds: options.jobSeconds,
    jobDiskBytes: 1e6 * options.jobDiskMegabytes,
    storeBytes: 1e6 * options.diskMegabytes,
    report,
  });
  console.log(`Working on ${names.join(", ")}`);
  const stopping = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopping.resolve());
  }
  await stopping.promise;
  console.error("Stopping: what runs gets some seconds to end");
  await running.stop(options.graceSeconds);
  await queue[Symbol.asyncDispose]();
}

if (import.meta.main) {
  try {
    if (Deno.args.includes("--help") || Deno.args.includes("-h")) console.log(WORKER_HELP);
    else await work(Deno.args);
    Deno.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
