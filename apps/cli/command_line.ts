import { parseArgs } from "node:util";
import { z } from "zod";
import { UsageError } from "./command.ts";
import { similarName } from "./similar_name.ts";

/** An option of a command. */
export interface OptionSpec {
  /** Whether it takes a value. */
  readonly type: "string" | "boolean";
  /** Whether it may be given more than once. @default {false} */
  readonly multiple?: boolean;
}

/** One argument, in the order they were given. */
export type Argument =
  | { readonly kind: "option"; readonly name: string; readonly value: string }
  | { readonly kind: "positional"; readonly value: string };

/** Arguments sorted into options and the rest. */
export interface ParsedArguments {
  /** The value of each given option: a text, all texts of one that may be repeated, or true. */
  readonly values: Readonly<Record<string, string | string[] | true>>;
  /** Arguments that are no options. */
  readonly positionals: readonly string[];
  /** Positionals and options with values, in order. */
  readonly ordered: readonly Argument[];
}

/**
 * Sorts arguments into options and the rest.
 *
 * @param args The arguments.
 * @param options The options there are, by name.
 * @returns The options' values as texts, and the rest.
 * @throws {UsageError} If an option is unknown, lacks its value, or has one it does not take.
 */
export function parseArguments(
  args: readonly string[],
  options: Readonly<Record<string, OptionSpec>>,
): ParsedArguments {
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values: Record<string, string | string[] | true> = {};
  const ordered: Argument[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") ordered.push({ kind: "positional", value: token.value });
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const spec = Object.hasOwn(options, name) && rawName.startsWith("--")
      ? options[name]!
      : undefined;
    if (spec === undefined) throw new UsageError(unknownOption(rawName, Object.keys(options)));
    if (spec.type === "boolean") {
      if (value !== undefined) {
        throw new UsageError(`Cannot use ${rawName} "${value}": the option takes no value`);
      }
      values[name] = true;
      continue;
    }
    if (value === undefined || !token.inlineValue && value.startsWith("--")) {
      throw new UsageError(
        `Cannot use ${rawName} without a value: give one, as ${rawName}=VALUE if it begins with "--"`,
      );
    }
    ordered.push({ kind: "option", name, value });
    if (spec.multiple) values[name] = [...(values[name] as string[] | undefined) ?? [], value];
    else if (name in values) throw new UsageError(`Cannot use ${rawName} twice: give it once`);
    else values[name] = value;
  }
  const positionals = ordered.filter(({ kind }) => kind === "positional").map(({ value }) => value);
  return { values, positionals, ordered };
}

function unknownOption(rawName: string, names: readonly string[]): string {
  const similar = similarName(rawName.replace(/^-+/, ""), names);
  return `Cannot use ${rawName}: ${
    similar === undefined
      ? `options are ${names.map((name) => `--${name}`).join(", ")}`
      : `did you mean --${similar}?`
  }`;
}

/**
 * Checks the values of options.
 *
 * @param schema What each should be.
 * @param values The values as they were given.
 * @returns The values as the schema makes them.
 * @throws {UsageError} If one does not fit; the message names it and says what would.
 */
export function checkValues<S extends z.ZodObject>(
  schema: S,
  values: Readonly<Record<string, unknown>>,
): z.infer<S> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const [name, place] = issue!.path as [string, number?];
  const given = values[name];
  const value = Array.isArray(given) ? given[place ?? 0] : given;
  throw new UsageError(`Cannot use --${name} "${value}": ${issue!.message}`);
}

/** A whole number in an interval. */
export function whole(low: number, high: number): z.ZodType<number, string> {
  const error = high >= Number.MAX_SAFE_INTEGER
    ? `it is a whole number from ${low}`
    : `it is a whole number from ${low} to ${high}`;
  return z.string().regex(/^\s*\d+\s*$/, { error, abort: true }).transform(Number)
    .pipe(z.number({ error }).int({ error }).min(low, { error }).max(high, { error }));
}

/** A number in an interval. */
export function decimal(low: number, high: number): z.ZodType<number, string> {
  const error = `it is a number from ${low} to ${high}`;
  return z.string().regex(/^\s*(\d+\.?\d*|\.\d+)\s*$/, { error, abort: true }).transform(Number)
    .pipe(z.number({ error }).min(low, { error }).max(high, { error }));
}

/** One of some names. */
export function oneOf(names: readonly string[]): z.ZodType<string, string> {
  return z.string().refine((name) => names.includes(name), {
    error: `it is ${alternatives(names)}`,
  });
}

/** Names as a message lists them: `a, b or c`. */
export function alternatives(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
