/**
 * The command line of CoDi: `deno task generate`, `train`, `eval`, `data`, `inspect`, `export`, `plugin`
 * and `completions`.
 *
 * @module
 */
import { commands } from "./commands.ts";
import { messageOf } from "./message.ts";
import { EXIT, runCommand } from "./run_command.ts";
import { terminalContext } from "./terminal_context.ts";

if (import.meta.main) {
  const interrupt = new AbortController();
  Deno.addSignalListener("SIGINT", () => {
    // Whoever presses it twice does not want to wait.
    if (interrupt.signal.aborted) Deno.exit(EXIT.interrupted);
    interrupt.abort();
  });
  const context = terminalContext(interrupt.signal);
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    context.report(`${messageOf(event.reason)}\n`);
    Deno.exit(EXIT.failed);
  });
  Deno.exit(await runCommand(Deno.args, commands, context));
}
