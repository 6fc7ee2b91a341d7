import { assert, assertEquals } from "@std/assert";
import type { Command } from "./command.ts";
import { testContext } from "./_testing.ts";
import { commandShapes } from "./completions/command_shape.ts";
import { completions } from "./completions/completions.ts";
import { runCommand } from "./run_command.ts";

const commands: Readonly<Record<string, Command>> = {
  make: {
    summary: "make things",
    words: () => ["all", "some"],
    help: () =>
      `Usage: make

Options:
  --to NAME[,NAME…]  what to make: bread, cake or tea (default: tea)
  --how NAME         fast or slow (default: slow)
  --out FILE         where it's put; a file
  --times NUMBER     how often (default: 1)
  --dry              say what would be made
`,
    run: () => Promise.resolve(),
  },
  look: { summary: "look at a file", help: () => "Usage: look", run: () => Promise.resolve() },
  completions: {
    summary: "complete",
    help: () => "",
    run: (args, context) => completions(args, context, commands),
  },
};

Deno.test("commandShapes() reads the help of commands", async () => {
  const [make, look] = await commandShapes(commands);
  assertEquals(make!.words, ["all", "some"]);
  assertEquals([make!.takesFiles, look!.takesFiles], [false, true]);
  assertEquals(make!.options.filter((each) => each.takesList).map(({ name }) => name), ["--to"]);
  const rows = make!.options.map(({ name, summary, takesValue, takesFile, choices }) => [
    ...[name, summary, takesValue, takesFile, choices.join(" ")],
  ]);
  assertEquals(rows, [
    ["--to", "what to make", true, false, "bread cake tea"],
    ["--how", "one of these", true, false, "fast slow"],
    ["--out", "where it's put", true, true, ""],
    ["--times", "how often", true, false, ""],
    ["--dry", "say what would be made", false, false, ""],
    ["--help", "explain the command", false, false, ""],
  ]);
});

Deno.test("completions prints a script for each shell", async () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    bash: [
      'compgen -W "make look completions"',
      '--to) COMPREPLY=($(compgen -P "${cur%"${cur##*,}"}" -W "bread cake tea" -- "${cur##*,}"))',
      '--how) COMPREPLY=($(compgen -W "fast slow" -- "$cur"))',
      '--out) COMPREPLY=($(compgen -f -- "$cur"))',
      'compgen -W "--to --how --out --times --dry --help"',
      "complete -o filenames -F _codi deno",
    ],
    zsh: [
      "'make:make things'",
      "--to) compset -P '*,'; compadd -- bread cake tea",
      "--how) compadd -- fast slow",
      "'--out:where it'\\''s put'",
      "compdef _codi codi deno",
    ],
    fish: [
      "complete -c codi -n '__fish_seen_subcommand_from make' -l how -xa 'fast slow'",
      "-l to -xa '(__fish_complete_list , \"string join \\\\n bread cake tea\")'",
      "complete -c deno -n '_codi_task make' -l out -rF -d 'where it\\'s put'",
    ],
  };
  for (const [shell, parts] of Object.entries(expected)) {
    const context = testContext();
    assertEquals(await runCommand(["completions", shell], commands, context), 0);
    for (const part of parts) assert(context.printed().includes(part), `${shell}: ${part}`);
  }
  const context = testContext();
  assertEquals(await runCommand(["completions", "cmd"], commands, context), 2);
  assertEquals(
    context.reported(),
    'Cannot complete for the shell "cmd": it is bash, zsh or fish\n',
  );
});
