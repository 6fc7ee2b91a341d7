/**
 * Drives a server in a process of its own with many clients at once and tells what became of their jobs,
 * how the server's memory went, and how long its other routes took meanwhile: `deno task bench:server`.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { dirname, fromFileUrl, join } from "@std/path";

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    jobs: { type: "string", default: "200" },
    clients: { type: "string", default: "20" },
    steps: { type: "string", default: "10" },
    threads: { type: "string" },
    mix: { type: "string", default: "image,image,text,image+text,audio,video" },
    every: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`Usage: deno task bench:server [OPTION…]
  --jobs N       generations, all together (200)
  --clients N    clients that each wait for one generation after the other (20)
  --steps N      sampling steps (10)
  --threads N    threads of an operator (the number of cores)
  --mix LIST     what is asked for in turn (image,image,text,image+text,audio,video)
  --every N      seconds between lines on the memory (10)
  --json         print one JSON object

Example:
  deno task bench:server --jobs 40 --clients 4 --mix image,text

Ends with 1 if a generation was lost or done twice, the memory grew, or the other routes were slow.`);
  Deno.exit(0);
}
const jobs = Number(values.jobs);
const clients = Number(values.clients);
const steps = Number(values.steps);

/** What clients ask for, one after the other. */
const OUTPUTS = values.mix.split(",").map((outputs) => outputs.split("+"));
const WORDS = ["a bell on a red background", "a guitar", "three rising trumpet notes"];

interface Asked {
  readonly id: string;
  done: number;
  begun: number;
  status: string;
  seconds: number;
}

const asked: Asked[] = [];
/** Seconds by route. */
const latencies = new Map<string, number[]>();
/** Bytes, twice a second. */
const memory: number[] = [];

/** The memory is flat if its last quarter is above the second one by no more than this share. */
const MOST_GROWTH = 0.1;
/** Milliseconds within which 99 % of requests to the other routes are answered. */
const MOST_LATENCY = 50;

/** Follows a generation's events to the end. */
async function follow(url: string, job: Asked): Promise<void> {
  const response = await fetch(`${url}/v1/generations/${job.id}/events`);
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
      const event = /^event: (.*)$/m.exec(text.slice(0, end))?.[1];
      if (event === "step" && /"step":1,/.test(text.slice(0, end))) job.begun++;
      if (event === "done") job.done++;
    }
  }
}

async function client(url: string, number: number, next: () => number | undefined): Promise<void> {
  for (let seed; (seed = next()) !== undefined;) {
    const start = performance.now();
    const body = {
      prompts: [{ modality: "text", text: WORDS[seed % WORDS.length] }],
      to: OUTPUTS[seed % OUTPUTS.length],
      seed,
      steps,
      preview: 5,
    };
    const response = await timed("POST /v1/generations", () =>
      fetch(`${url}/v1/generations`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": `${number}-${seed}` },
        body: JSON.stringify(body),
      }));
    const { id } = await response.json();
    const job: Asked = { id, done: 0, begun: 0, status: "", seconds: 0 };
    asked.push(job);
    await follow(url, job);
    job.seconds = (performance.now() - start) / 1000;
  }
}

async function timed(name: string, work: () => Promise<Response>): Promise<Response> {
  const start = performance.now();
  const response = await work();
  const seconds = (performance.now() - start) / 1000;
  latencies.set(name, [...latencies.get(name) ?? [], seconds]);
  return response;
}

/** Asks the other routes in turn until it is told to stop. */
async function probe(url: string, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const { id } = asked[Math.floor(asked.length * Math.random())] ?? { id: "none" };
    const paths = {
      "GET /healthz": "/healthz",
      "GET /v1/capabilities": "/v1/capabilities",
      "GET /v1/generations": "/v1/generations",
      "GET /v1/generations/{id}": `/v1/generations/${id}`,
      "GET …/outputs/run": `/v1/generations/${id}/outputs/run`,
    };
    for (const [name, path] of Object.entries(paths)) {
      const response = await timed(name, () => fetch(url + path));
      await response.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function watchMemory(url: string, stop: AbortSignal): Promise<void> {
  const begun = performance.now();
  const every = 1000 * Number(values.every);
  let next = 0;
  while (!stop.aborted) {
    const text = await (await fetch(`${url}/metrics`)).text();
    memory.push(Number(/^codi_memory_bytes (\S+)$/m.exec(text)![1]));
    const passed = performance.now() - begun;
    if (passed >= next) {
      const over = asked.filter(({ seconds }) => seconds > 0).length;
      console.error(
        `${(passed / 1000).toFixed(0).padStart(5)} s, ${
          String(over).padStart(4)
        } of ${jobs} done: ${(memory.at(-1)! / 1e6).toFixed(0)} MB`,
      );
      next += every;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** Starts a server and gives its address. */
async function startServer(data: string): Promise<{ child: Deno.ChildProcess; url: string }> {
  const here = dirname(fromFileUrl(import.meta.url));
  const child = new Deno.Command("deno", {
    args: [
      ...["run", "--no-prompt", "--allow-read", `--allow-write=${data}`, "--allow-ffi"],
      "--allow-net=127.0.0.1",
      "--allow-env=npm_package_config_libvips,MALLOC_ARENA_MAX",
      ...[join(here, "main.ts"), "--port", "0", "--data", data],
      ...["--requests-per-minute", "1000000"],
      ...(values.threads === undefined ? [] : ["--threads", values.threads]),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return { child, url: value.trim().replace("Listening on ", "") };
}

const data = await Deno.makeTempDir({ prefix: "codi-bench-" });
const { child, url } = await startServer(data);
try {
  let given = 0;
  const next = () => given < jobs ? given++ : undefined;
  const stop = new AbortController();
  const begun = performance.now();
  const watching = [probe(url, stop.signal), watchMemory(url, stop.signal)];
  await Promise.all(Array.from({ length: clients }, (_, number) => client(url, number, next)));
  const seconds = (performance.now() - begun) / 1000;
  stop.abort();
  await Promise.all(watching);
  for (const job of asked) {
    job.status = (await (await fetch(`${url}/v1/generations/${job.id}`)).json()).status;
  }
  let listed = 0;
  for (let path: string | null = "/v1/generations?limit=100"; path !== null;) {
    const { generations, next }: { generations: unknown[]; next: string | null } =
      await (await fetch(url + path)).json();
    listed += generations.length;
    path = next === null ? null : `/v1/generations?limit=100&before=${next}`;
  }
  if (!report(seconds, listed)) Deno.exitCode = 1;
} finally {
  child.kill("SIGTERM");
  await child.status;
  await Deno.remove(data, { recursive: true });
}

/** Tells what was measured, and whether all of it is as it should be. */
function report(seconds: number, listed: number): boolean {
  const quarter = Math.max(1, memory.length >> 2);
  const others = [...latencies].filter(([name]) => !name.startsWith("POST"));
  const milliseconds = (numbers: readonly number[], share: number) =>
    Math.round(10_000 * percentile(numbers, share)) / 10;
  const figures = {
    jobs,
    clients,
    steps,
    seconds,
    lost: asked.filter(({ status, done }) => status !== "done" || done === 0).length,
    doubled: asked.filter(({ begun, done }) => begun > 1 || done > 1).length +
      Math.max(0, listed - jobs),
    jobSeconds: { median: percentile(asked.map(({ seconds }) => seconds), 0.5) },
    megabytes: {
      secondQuarter: mean(memory.slice(quarter, 2 * quarter)) / 1e6,
      lastQuarter: mean(memory.slice(-quarter)) / 1e6,
      peak: Math.max(...memory) / 1e6,
    },
    otherRoutes: {
      requests: others.flatMap(([, each]) => each).length,
      p50: milliseconds(others.flatMap(([, each]) => each), 0.5),
      p99: milliseconds(others.flatMap(([, each]) => each), 0.99),
    },
    routes: Object.fromEntries(
      [...latencies].map(([name, each]) => [name, {
        requests: each.length,
        p50: milliseconds(each, 0.5),
        p99: milliseconds(each, 0.99),
      }]),
    ),
  };
  const { lost, doubled, megabytes, otherRoutes } = figures;
  const met = {
    "none lost": asked.length === jobs && lost === 0,
    "none done twice": doubled === 0,
    "memory flat": megabytes.lastQuarter <= (1 + MOST_GROWTH) * megabytes.secondQuarter,
    [`other routes within ${MOST_LATENCY} ms (99 %)`]: otherRoutes.p99 < MOST_LATENCY,
  };
  const all = Object.values(met).every(Boolean);
  if (values.json) {
    console.log(JSON.stringify({ ...figures, met }, null, 2));
    return all;
  }
  console.log(
    `${jobs} jobs of ${steps} steps from ${clients} clients: ${seconds.toFixed(1)} s, ${
      (jobs / seconds).toFixed(1)
    } a second; half of them within ${figures.jobSeconds.median.toFixed(1)} s
lost: ${lost}
done twice: ${doubled}
memory: ${megabytes.secondQuarter.toFixed(0)} MB in the second quarter, ${
      megabytes.lastQuarter.toFixed(0)
    } MB in the last, ${megabytes.peak.toFixed(0)} MB at most
other routes: ${otherRoutes.requests} requests, half within ${otherRoutes.p50} ms, 99 % within ${otherRoutes.p99} ms`,
  );
  for (const [name, { requests, p50, p99 }] of Object.entries(figures.routes)) {
    console.log(`  ${name.padEnd(26)} ${requests} requests, ${p50} ms, ${p99} ms`);
  }
  for (const [what, is] of Object.entries(met)) console.log(`${is ? "met" : "NOT MET"}: ${what}`);
  return all;
}
