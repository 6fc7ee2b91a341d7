/**
 * The HTTP service: `deno task serve`.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseServeArguments, SERVE_HELP, UsageError } from "./serve/command_line.ts";
import { openServer } from "./serve/open_server.ts";

/** Tells those who look after the server; requests never get to see it. */
function report(message: string, error: unknown): void {
  console.error(`${new Date().toISOString()} ${message}`, error ?? "");
}

async function serve(args: readonly string[]): Promise<void> {
  const options = parseServeArguments(args);
  const server = await openServer(options, report);
  const stopping = Promise.withResolvers<void>();
  let listener;
  try {
    listener = Deno.serve({
      hostname: options.host,
      port: options.port,
      onListen: ({ hostname, port }) => {
        console.log(`Listening on http://${hostname}:${port}`);
      },
    }, (request, { remoteAddr }) => server.fetch(request, addressOf(remoteAddr)));
  } catch (cause) {
    await server.close();
    throw new UsageError(listenFailure(options.host, options.port, cause), { cause });
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopping.resolve());
  }
  await stopping.promise;
  console.error("Stopping: what runs gets some seconds to end");
  const closed = server.close();
  // Streams of events would keep the socket open for ever.
  const timer = setTimeout(() => Deno.exit(0), 1000 * (options.graceSeconds + 60));
  await closed;
  clearTimeout(timer);
  await Promise.race([listener.shutdown(), new Promise((resolve) => setTimeout(resolve, 1000))]);
  Deno.exit(0);
}

function addressOf(address: Deno.Addr): string {
  return "hostname" in address ? address.hostname : "";
}

function listenFailure(host: string, port: number, cause: unknown): string {
  if (cause instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${host}:${port}: another program does; stop it, or give --port`;
  }
  if (cause instanceof Deno.errors.NotCapable) {
    return `Cannot listen on ${host}:${port}: the task allows 127.0.0.1:8000 only; docs/server.md says how to allow more`;
  }
  return `Cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : cause}`;
}

if (import.meta.main) {
  try {
    if (Deno.args.includes("--help") || Deno.args.includes("-h")) console.log(SERVE_HELP);
    else await serve(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
