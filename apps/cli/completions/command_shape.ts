import type { Command } from "../command.ts";

/** What a shell can complete of a command. */
export interface CommandShape {
  /** Its name. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** Words that may follow it, besides options. */
  readonly words: readonly string[];
  /** Whether files may follow it instead. */
  readonly takesFiles: boolean;
  /** Its options. */
  readonly options: readonly OptionShape[];
}

/** What a shell can complete of an option. */
export interface OptionShape {
  /** With its dashes. */
  readonly name: string;
  /** What it does. */
  readonly summary: string;
  /** Whether it takes a value. */
  readonly takesValue: boolean;
  /** Whether that is a file or a folder. */
  readonly takesFile: boolean;
  /** The values there are, if they are few. */
  readonly choices: readonly string[];
  /** Whether several of them may be given, with commas between. */
  readonly takesList: boolean;
}

/** A line of help that tells of an option. */
const OPTION = /^ {2}(--[a-z][a-z-]*)(?: (\S+))? {2,}(\S.*)$/gm;

/** Names in a description, as in `a, b or c (default: a)`. */
const CHOICES = /(?:^|: )((?:[\w+-]+, )*[\w+-]+ or [\w+-]+)(?: \(|$)/;

/**
 * What there is to complete, as each command's help tells it.
 *
 * @param commands The commands by name.
 * @returns Their shapes, in order.
 */
export async function commandShapes(
  commands: Readonly<Record<string, Command>>,
): Promise<CommandShape[]> {
  return await Promise.all(
    Object.entries(commands).map(async ([name, command]) => ({
      name,
      summary: command.summary,
      words: await command.words?.() ?? [],
      takesFiles: command.words === undefined,
      options: [
        ...[...(await command.help()).matchAll(OPTION)].map(([, option, value, summary]) =>
          shapeOf(option!, value, summary!)
        ),
        shapeOf("--help", undefined, "explain the command"),
      ],
    })),
  );
}

function shapeOf(name: string, value: string | undefined, text: string): OptionShape {
  const [, names] = CHOICES.exec(text) ?? [];
  return {
    name,
    summary: CHOICES.exec(text)?.index === 0 ? "one of these" : text.split(/[:;(]/)[0]!.trim(),
    takesValue: value !== undefined,
    takesFile: /^(FILE|FOLDER|PATH|WEIGHTS)$/.test(value ?? ""),
    takesList: value?.includes(",") ?? false,
    choices: /^NAME/.test(value ?? "") && names !== undefined ? names.split(/, | or /) : [],
  };
}
