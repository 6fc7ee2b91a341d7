/** A real Redis server for tests. */

import { join } from "@std/path";

/** Where the program may be. */
const FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The program, if it is installed. */
export const REDIS_SERVER: string | undefined = await findProgram();

async function findProgram(): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    try {
      const path = join(folder, "redis-server");
      if ((await Deno.stat(path)).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** A Redis server that was started. */
export interface StartedRedis extends AsyncDisposable {
  readonly url: string;
  /** Everything that is published on a channel, from now on. */
  listen(channel: string): Promise<Published>;
}

/** What was published. */
export interface Published extends AsyncDisposable {
  // deno-lint-ignore no-explicit-any
  readonly messages: any[];
}

/** Starts a Redis server that keeps everything in memory. */
export async function startRedis(folder: string): Promise<StartedRedis> {
  // A port that was free a moment ago.
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr as Deno.NetAddr;
  probe.close();
  const child = new Deno.Command("redis-server", {
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const connect = async () => {
    for (let time = 0;; time++) {
      try {
        return await Deno.connect({ hostname: "127.0.0.1", port });
      } catch (error) {
        if (time === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  (await connect()).close();
  return {
    url: `redis://127.0.0.1:${port}`,
    listen: async (channel) => {
      const connection = await connect();
      await connection.write(new TextEncoder().encode(`SUBSCRIBE ${channel}\r\n`));
      const messages: unknown[] = [];
      const reading = (async () => {
        const decoder = new TextDecoder();
        const buffer = new Uint8Array(65_536);
        let text = "";
        for (let read; (read = await connection.read(buffer).catch(() => null)) !== null;) {
          text += decoder.decode(buffer.subarray(0, read), { stream: true });
          const lines = text.split("\r\n");
          text = lines.pop()!;
          messages.push(
            ...lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)),
          );
        }
      })();
      return {
        messages,
        [Symbol.asyncDispose]: async () => {
          connection.close();
          await reading;
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** A test that takes a Redis; it says that it is left out where there is none. */
export function testWithRedis(name: string, fn: () => Promise<void>): void {
  const missing = REDIS_SERVER === undefined;
  Deno.test({
    name: `${name}${missing ? " (left out: redis-server is not installed)" : ""}`,
    ignore: missing,
    fn,
  });
}
