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

/** How long after Ctrl-C the same signal is an echo of it. */
const ECHO_MILLISECONDS = 1000;

if (import.meta.main) {
  const interrupt = new AbortController();
  let pressed = Infinity;
  Deno.addSignalListener("SIGINT", () => {
    // Whoever presses it again does not want to wait; `deno task` passes on what the terminal sends, too.
    if (Date.now() - pressed > ECHO_MILLISECONDS) Deno.exit(EXIT.interrupted);
    pressed = Math.min(pressed, Date.now());
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
