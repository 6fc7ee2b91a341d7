import process from "node:process";
import type { CommandContext } from "./command.ts";
import { messageOf } from "./message.ts";
import { pictureProtocol } from "./terminal_picture.ts";

/**
 * The world around a command that a person has called.
 *
 * @param signal Ends the work early.
 * @returns The standard streams, the terminal and the clock.
 */
export function terminalContext(signal: AbortSignal): CommandContext {
  const write = writer(Deno.stdout);
  const report = writer(Deno.stderr);
  const encoder = new TextEncoder();
  return {
    print: (text) => write(encoder.encode(text)),
    write,
    printsToTerminal: Deno.stdout.isTerminal(),
    readInput: async (limit) => {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let size = 0;
      for await (const chunk of Deno.stdin.readable) {
        size += chunk.length;
        if (size > limit) throw new RangeError(`it has more than the ${limit} bytes that are read`);
        chunks.push(chunk);
      }
      return new Uint8Array(await new Blob(chunks).arrayBuffer());
    },
    report: (text) => report(encoder.encode(text)),
    ...(Deno.stderr.isTerminal() ? { columns: terminalColumns(), ...terminalPictures() } : {}),
    openFile,
    now: () => performance.now(),
    peakMemory: () => process.resourceUsage().maxRSS * 1024,
    drawSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
    signal,
  };
}

function writer(stream: { writeSync(bytes: Uint8Array): number }): (bytes: Uint8Array) => void {
  return (bytes) => {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  };
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || 80; // some say 0
  } catch {
    return 80; // a terminal that does not know its size
  }
}

function terminalPictures(): Pick<CommandContext, "pictures"> {
  const protocol = pictureProtocol((name) => {
    try {
      return Deno.env.get(name);
    } catch {
      return undefined; // not permitted
    }
  });
  return protocol === undefined ? {} : { pictures: protocol };
}

/** The programs that show files; a task permits them by their whole path. */
const VIEWERS: Readonly<Partial<Record<typeof Deno.build.os, string>>> = {
  linux: "/usr/bin/xdg-open",
  darwin: "/usr/bin/open",
  windows: "C:/Windows/explorer.exe",
};

async function openFile(path: string): Promise<void> {
  const viewer = VIEWERS[Deno.build.os];
  try {
    if (viewer === undefined) throw new Error(`there is no viewer for "${Deno.build.os}"`);
    await new Deno.Command(viewer, { args: [path], stdout: "null", stderr: "null" }).output();
  } catch (cause) {
    throw new Error(`Cannot open "${path}": ${messageOf(cause)}`, { cause });
  }
}
