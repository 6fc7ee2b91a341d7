import { z } from "zod";
import { parseArgs, type ParseArgsOptionDescriptor } from "node:util";

/** Wrong arguments: the message is for whoever typed them. */
export class UsageError extends Error {
  /** Its name. */
  override readonly name = "UsageError";
}

/** What `deno task serve` was told. */
export interface ServeOptions {
  /** The address to listen on. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** Further names under which the server may be called. */
  readonly hostNames: readonly string[];
  /** The folder of the queue and of all files. */
  readonly data: string;
  /** A file with tokens. */
  readonly tokens: string | undefined;
  /** Whether anybody may use it from anywhere. */
  readonly open: boolean;
  /** Origins whose pages may call the server. */
  readonly origins: readonly string[];
  /** The address of a Redis server; a file in the data folder if undefined. */
  readonly queue: string | undefined;
  /** Where uploads and results go; the data folder if undefined. */
  readonly store: string | undefined;
  /** Whether this process generates, too. */
  readonly generate: boolean;
  /** Threads per operator. */
  readonly threads: number | undefined;
  /** How many samples are generated side by side, at most. */
  readonly batch: number;
  /** How many generations may wait. */
  readonly waiting: number;
  /** Seconds that a generation may wait. */
  readonly waitSeconds: number;
  /** Seconds that a generation may run. */
  readonly jobSeconds: number;
  /** Megabytes of memory that a generation may take. */
  readonly jobMemoryMegabytes: number;
  /** Megabytes that the files and results of a generation may take. */
  readonly jobDiskMegabytes: number;
  /** Hours until results are removed. */
  readonly keepHours: number;
  /** Megabytes that requests and results may take together. */
  readonly diskMegabytes: number;
  /** Megabytes of memory above which nothing is accepted. */
  readonly memoryMegabytes: number;
  /** Requests that one caller may make in a minute. */
  readonly requestsPerMinute: number;
  /** Seconds that what runs has to end when the server is stopped. */
  readonly graceSeconds: number;
  /** Seconds without a sign of life after which a machine's jobs go to others. */
  readonly lockSeconds: number;
  /** A module that exports `modalities`; those that come with the server if undefined. */
  readonly modalities: string | undefined;
}

const OPTIONS = {
  host: { type: "string" },
  port: { type: "string" },
  "host-name": { type: "string", multiple: true },
  data: { type: "string" },
  tokens: { type: "string" },
  open: { type: "boolean" },
  cors: { type: "string", multiple: true },
  queue: { type: "string" },
  store: { type: "string" },
  "no-generate": { type: "boolean" },
  threads: { type: "string" },
  batch: { type: "string" },
  waiting: { type: "string" },
  "wait-seconds": { type: "string" },
  "job-seconds": { type: "string" },
  "job-memory-mb": { type: "string" },
  "job-disk-mb": { type: "string" },
  "keep-hours": { type: "string" },
  "disk-mb": { type: "string" },
  "memory-mb": { type: "string" },
  "requests-per-minute": { type: "string" },
  "grace-seconds": { type: "string" },
  "lock-seconds": { type: "string" },
  modalities: { type: "string" },
} as const satisfies Record<string, ParseArgsOptionDescriptor>;

/** What `--help` prints. */
export const SERVE_HELP = `Usage: deno task serve [OPTION…]

Starts the HTTP service. Nothing has to be set: it listens on 127.0.0.1:8000.

  --host ADDRESS             the address to listen on (127.0.0.1)
  --port N                   the port (8000)
  --host-name NAME           a further name under which it may be called; may be repeated
  --data FOLDER              the folder of its queue and files (server-data)
  --tokens FILE              a token on each line, with its owner's name before it
  --open                     listen beyond this machine without tokens
  --cors ORIGIN              an origin whose pages may call it; may be repeated
  --queue redis://…          a queue that several machines share
  --store s3://BUCKET        a store that several machines share, or a folder
  --no-generate              only answer; "deno task worker" generates
  --threads N                threads of an operator (the number of cores)
  --batch N                  samples generated side by side, at most (8)
  --waiting N                generations that may wait (100)
  --wait-seconds N           seconds that a generation may wait before it is begun (21600)
  --job-seconds N            seconds that a generation may run (600)
  --job-memory-mb N          megabytes of memory that a generation may take beside the networks (1000)
  --job-disk-mb N            megabytes that the files and results of a generation may take (100)
  --keep-hours N             hours until results are removed (24)
  --disk-mb N                megabytes that requests and results may take (2000)
  --memory-mb N              megabytes of memory above which nothing is accepted (4000)
  --requests-per-minute N    requests that one caller may make in a minute (600)
  --grace-seconds N          seconds that what runs has to end when it is stopped (10)
  --lock-seconds N           with a shared queue: seconds without a sign of life after which a machine's
                             jobs go to others (30)
  --modalities FILE          a module that exports "modalities" in place of the four that come along

Examples:
  deno task serve
  deno task serve --tokens tokens.txt --keep-hours 1 --requests-per-minute 60
  deno task serve:shared --host 0.0.0.0 --tokens tokens.txt --queue redis://redis:6379 --store /mnt/codi
`;

/** What `--help` prints of a worker. */
export const WORKER_HELP = `Usage: deno task worker --queue redis://… [OPTION…]

Generates what servers with the same queue and store accept, with the modalities that this machine
has. Any number of workers may run.

  --queue redis://…          the queue
  --store s3://BUCKET        where files go: a bucket, or a folder that all machines share
  --threads N, --batch N, --wait-seconds N, --job-seconds N, --job-disk-mb N, --disk-mb N,
  --keep-hours N, --grace-seconds N, --lock-seconds N, --modalities FILE
                             as for "deno task serve"

Example:
  deno task worker --queue redis://redis:6379 --store /mnt/codi --threads 4
`;

/**
 * Reads the arguments of `deno task serve` and `deno task worker`.
 *
 * @param args The arguments.
 * @returns What they say.
 * @throws {UsageError} If one is unknown or wrong.
 */
export function parseServeArguments(args: readonly string[]): ServeOptions {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS, strict: true }));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split(". ")[0]! : String(cause);
    throw new UsageError(`Cannot start: ${message}; --help lists the options`, { cause });
  }
  const number = (name: keyof typeof OPTIONS, usual: number, least: number, most: number) => {
    const given = values[name];
    const result = z.coerce.number().int().min(least).max(most).safeParse(given ?? usual);
    if (result.success) return result.data;
    throw new UsageError(
      `Cannot use --${name} "${given}": it is a whole number from ${least} to ${most}`,
    );
  };
  return {
    host: values.host ?? "127.0.0.1",
    port: number("port", 8000, 0, 65_535),
    hostNames: values["host-name"] ?? [],
    data: values.data ?? "server-data",
    tokens: values.tokens,
    open: values.open ?? false,
    origins: values.cors ?? [],
    queue: values.queue,
    store: values.store,
    generate: !(values["no-generate"] ?? false),
    threads: values.threads === undefined ? undefined : number("threads", 1, 1, 256),
    batch: number("batch", 8, 1, 64),
    waiting: number("waiting", 100, 1, 100_000),
    waitSeconds: number("wait-seconds", 21_600, 1, 2_592_000),
    jobSeconds: number("job-seconds", 600, 1, 86_400),
    jobMemoryMegabytes: number("job-memory-mb", 1000, 20, 10_000_000),
    jobDiskMegabytes: number("job-disk-mb", 100, 1, 10_000_000),
    keepHours: number("keep-hours", 24, 1, 8760),
    diskMegabytes: number("disk-mb", 2000, 1, 10_000_000),
    memoryMegabytes: number("memory-mb", 4000, 200, 10_000_000),
    requestsPerMinute: number("requests-per-minute", 600, 1, 10_000_000),
    graceSeconds: number("grace-seconds", 10, 0, 3600),
    lockSeconds: number("lock-seconds", 30, 1, 3600),
    modalities: values.modalities,
  };
}
