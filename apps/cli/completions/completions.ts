import { type Command, type CommandContext, UsageError } from "../command.ts";
import { alternatives, parseArguments } from "../command_line.ts";
import { commandShapes } from "./command_shape.ts";
import { scripts } from "./scripts.ts";

/** How `completions` is called. */
export const COMPLETIONS_HELP = `Usage: deno task completions SHELL

Prints a script that teaches a shell to complete commands, options and their values, after
"deno task" as well as after "codi", if it is installed under that name. The modalities are those of
the plugins installed now.

Shells: ${alternatives(Object.keys(scripts))}

Examples:
  source <(deno task -q completions bash)
  source <(deno task -q completions zsh)
  deno task -q completions fish | source
`;

/**
 * The command `completions`: prints a script for a shell.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param commands Every command by name.
 * @returns When it is printed.
 * @throws {UsageError} If there is no script for the shell.
 */
export async function completions(
  args: readonly string[],
  context: CommandContext,
  commands: Readonly<Record<string, Command>>,
): Promise<void> {
  const { positionals } = parseArguments(args, {});
  const [shell = ""] = positionals;
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined || positionals.length > 1) {
    throw new UsageError(
      `Cannot complete for the shell "${positionals.join(" ")}": it is ${
        alternatives(Object.keys(scripts))
      }`,
    );
  }
  context.print(script(await commandShapes(commands)));
}
