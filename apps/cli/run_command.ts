import { type Command, type CommandContext, UsageError } from "./command.ts";
import { messageOf } from "./message.ts";
import { similarName } from "./similar_name.ts";

/** The exit codes of the command line. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the command that the first argument names. Whatever goes wrong is one line on standard error.
 *
 * @param args The arguments of the process.
 * @param commands The commands by name.
 * @param context What they may use.
 * @returns The exit code: 0, 1 after a failure, 2 for wrong arguments, 130 if it was interrupted.
 */
export async function runCommand(
  args: readonly string[],
  commands: Readonly<Record<string, Command>>,
  context: CommandContext,
): Promise<number> {
  const [name = "--help", ...rest] = args;
  try {
    if (name === "--help" || name === "-h") {
      // Asked for, help is a result; without any argument it tells what is missing.
      (args.length > 0 ? context.print : context.report)(overview(commands));
      return args.length > 0 ? EXIT.done : EXIT.usage;
    }
    const command = Object.hasOwn(commands, name)
      ? commands[name]!
      : unknownCommand(name, commands);
    if (asksForHelp(rest)) context.print(await command.help());
    else await command.run(rest, context);
    return EXIT.done;
  } catch (error) {
    if (context.signal.aborted) {
      context.report("Stopped\n");
      return EXIT.interrupted;
    }
    context.report(`${messageOf(error)}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

function unknownCommand(name: string, commands: Readonly<Record<string, Command>>): never {
  const names = Object.keys(commands);
  const similar = similarName(name, names);
  const remedy = similar === undefined
    ? `commands are ${names.join(", ")}`
    : `did you mean "${similar}"?`;
  throw new UsageError(`Cannot run "${name}": ${remedy}`);
}

/** Whether help is among the arguments before `--`. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return options.some((arg) => arg === "--help" || arg === "-h");
}

function overview(commands: Readonly<Record<string, Command>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) =>
    `  ${name.padEnd(width)}  ${summary}`
  );
  return `Usage: deno task COMMAND [OPTION…]

${lines.join("\n")}

Each explains itself: deno task COMMAND --help
`;
}
