/** Real processes for tests: a server, and those who ask it. */

import { dirname, fromFileUrl, join } from "@std/path";
import type { GenerationResource } from "./routes/generation_resource.ts";

const HERE = dirname(fromFileUrl(import.meta.url));

/** The permissions that the tasks give, but for the port and the folder. */
export function permissions(data: string): string[] {
  return [
    "--no-prompt",
    "--allow-read",
    `--allow-write=${data}`,
    "--allow-ffi",
    "--allow-net=127.0.0.1",
    "--allow-env=npm_package_config_libvips,MALLOC_ARENA_MAX",
  ];
}

/** A process that was started. */
export interface StartedProcess {
  readonly child: Deno.ChildProcess;
  /** The first line that it printed. */
  readonly firstLine: string;
  /** Sends a signal and waits for the end; gives the exit code. */
  end(signal: Deno.Signal): Promise<number>;
}

/** Starts a script of this package and waits for its first line. */
export async function startScript(
  script: string,
  flags: readonly string[],
  args: readonly string[],
): Promise<StartedProcess> {
  const child = new Deno.Command("deno", {
    args: ["run", ...flags, join(HERE, script), ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The process ended after ${JSON.stringify(text)}`);
    text += value;
  }
  return {
    child,
    firstLine: text.split("\n")[0]!,
    end: async (signal) => {
      child.kill(signal);
      while (!(await reader.read()).done);
      return (await child.status).code;
    },
  };
}

/** A server in a process of its own. */
export interface ServerProcess extends StartedProcess {
  readonly url: string;
  generate(body: unknown): Promise<GenerationResource>;
  get(id: string): Promise<GenerationResource>;
  over(id: string): Promise<GenerationResource>;
}

/** Starts a server on a free port. */
export async function startServer(
  data: string,
  args: readonly string[] = [],
  flags: readonly string[] = permissions(data),
): Promise<ServerProcess> {
  const started = await startScript("main.ts", flags, [
    ...["--port", "0", "--data", data, "--threads", "1"],
    ...args,
  ]);
  const url = started.firstLine.replace("Listening on ", "");
  const get = async (id: string) => await (await fetch(`${url}/v1/generations/${id}`)).json();
  return {
    ...started,
    url,
    get,
    generate: async (body) => {
      const response = await fetch(`${url}/v1/generations`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (response.status !== 202) throw new Error(await response.text());
      return await response.json();
    },
    over: async (id) => {
      for (;;) {
        const told = await get(id);
        if (!["waiting", "running"].includes(told.status)) return told;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
