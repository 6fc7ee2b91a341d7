// deno-lint-ignore-file no-console
/**
 * The command line of CoDi.
 *
 * @module
 */
import { train } from "./train.ts";

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = { train };

if (import.meta.main) {
  const [name = "", ...args] = Deno.args;
  const command = commands[name];
  if (command === undefined) {
    console.error(`Unknown command "${name}": use ${Object.keys(commands).join(", ")}`);
    Deno.exit(2);
  }
  Deno.exit(await command(args));
}
