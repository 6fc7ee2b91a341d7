/** What the tests of the server share: an app with the shipped networks, a queue and a store on disk. */

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { createApp, type ServerApp } from "./app.ts";
import { DEFAULT_CONFIG, type ServerConfig } from "./config.ts";
import { EventLog } from "./events/event_log.ts";
import { type Intake, openIntake } from "./intake/intake.ts";
import { modalities } from "./modalities.ts";
import type { JobQueue } from "./queue/queue.ts";
import type { ProblemDocument } from "./problem.ts";
import { openSqliteQueue } from "./queue/sqlite_queue.ts";
import type { GenerationResource } from "./routes/generation_resource.ts";
import { type Generator, openGenerator } from "./runner/generator.ts";
import { runJobs } from "./runner/run_jobs.ts";
import { diskStore } from "./store/disk_store.ts";
import type { BlobStore } from "./store/store.ts";

/** The module with the modalities. */
export const MODALITIES = new URL("./modalities.ts", import.meta.url);

/** A folder for one test, removed at its end. */
export async function testFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "codi-server-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** An app to be asked. */
export interface TestServer extends AsyncDisposable {
  readonly app: ServerApp;
  readonly queue: JobQueue;
  readonly store: BlobStore;
  readonly intake: Intake;
  readonly generator: Generator;
  /** What was reported. */
  readonly reports: string[];
  /** Begins to run jobs. */
  run(): void;
  /** Asks for something. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Asks for a generation. */
  generate(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Waits until a generation is over. */
  over(id: string): Promise<GenerationResource>;
}

/** Options of {@linkcode testServer}. */
export interface TestServerOptions {
  readonly config?: Partial<ServerConfig>;
  /** The clock of the queue. */
  readonly now?: () => number;
  /** Samples side by side. */
  readonly samples?: number;
}

/** Puts a server together whose jobs do not run before they are told to. */
export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const config: ServerConfig = {
    ...DEFAULT_CONFIG,
    requestsPerMinute: 100_000,
    memoryBytes: Infinity, // of the whole test process, which other tests have grown
    ...options.config,
  };
  const opened = new AsyncDisposableStack();
  const folder = opened.use(await testFolder());
  const queue = opened.use(openSqliteQueue(join(folder.path, "queue.sqlite"), {
    waiting: config.limits.waiting,
    resultSeconds: config.resultSeconds,
    forgetSeconds: config.forgetSeconds,
    ...(options.now && { now: options.now }),
  }));
  const store = diskStore(join(folder.path, "files"));
  const generator = opened.use(openGenerator({ modalities: MODALITIES, threads: 1 }));
  const intake = opened.use(
    openIntake({ modalities: MODALITIES, limits: config.limits, seconds: 60 }),
  );
  const reports: string[] = [];
  const report = (message: string, error: unknown) => void reports.push(`${message}: ${error}`);
  const events = opened.use(new EventLog(queue));
  const services = { config, modalities, queue, store, generator, intake, events, report };
  const app = await createApp(services);
  const request = async (path: string, init: RequestInit = {}) => {
    return await app.request(`http://localhost:8000${path}`, init);
  };
  return {
    app,
    queue,
    store,
    intake,
    generator,
    reports,
    request,
    run: () => {
      const running = runJobs({
        queue,
        store,
        generator,
        modalities: modalities.map(({ name }) => name),
        samples: options.samples ?? 8,
        waitSeconds: config.limits.waitSeconds,
        jobSeconds: config.limits.jobSeconds,
        jobDiskBytes: config.limits.jobDiskBytes,
        storeBytes: config.storeBytes,
        report,
      });
      opened.defer(() => running.stop(0));
    },
    generate: (body, headers = {}) =>
      request("/v1/generations", {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    over: async (id) => {
      for (;;) {
        const told = await (await request(`/v1/generations/${id}`)).json();
        if (!["waiting", "running"].includes(told.status)) return told;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A prompt of words. */
export function words(text: string): Record<string, unknown> {
  return { modality: "text", text };
}

/** Asserts that a response is a problem document, and gives it. */
export async function assertProblem(
  response: Response,
  status: number,
  name: string,
): Promise<ProblemDocument> {
  const problem = await response.json();
  assertEquals([response.status, problem.type, problem.status], [
    status,
    `urn:codi:problem:${name}`,
    status,
  ], JSON.stringify(problem));
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  return problem;
}
