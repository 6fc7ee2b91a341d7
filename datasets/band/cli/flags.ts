import { parseArgs } from "node:util";
import { z } from "zod";
import { SPLITS } from "../scene.ts";

/** What went wrong with the flags, for a person to read. */
export class FlagError extends Error {
  override name = "FlagError";
}

/** A whole number from 0. */
export const whole: z.ZodCoercedNumber = z.coerce.number().int().min(0);

/** Some of a list of names, separated by commas. */
export function list<Name extends string>(known: readonly Name[]): z.ZodType<Name[], string> {
  return z.string().transform((text) => text.split(",").map((name) => name.trim()))
    .pipe(z.array(z.enum(known)).min(1));
}

/** The flags that every `train-reader` takes. */
export const TrainFlags = z.strictObject({
  steps: z.coerce.number().int().min(1).default(3000),
  minutes: z.coerce.number().positive().optional(),
  threads: z.coerce.number().int().min(1).optional(),
  seed: whole.default(0),
  cache: z.string().default(".cache/band"),
  directory: z.string().optional(),
  out: z.string().optional(),
});

/** The flags that every `test-reader` takes. */
export const TestFlags = z.strictObject({
  split: z.enum(SPLITS).default("test"),
  count: z.coerce.number().int().min(1).max(1_000_000).default(2048),
  first: whole.default(0),
  threads: z.coerce.number().int().min(1).optional(),
  cache: z.string().default(".cache/band"),
});

/** The flags of a `test-reader` that looks at pictures. */
export const SightFlags = TestFlags.extend({
  blur: z.coerce.number().min(0).max(8).default(0),
  noise: z.coerce.number().min(0).max(2).default(0),
});

/**
 * The values of a command's flags.
 *
 * @param schema The flags.
 * @param args The arguments, such as `--count`, `3`.
 * @returns The values, with defaults filled in.
 * @throws {FlagError} If a flag is unknown or its value out of range.
 */
export function parse<S extends z.ZodObject>(schema: S, args: readonly string[]): z.infer<S> {
  const names = Object.keys(schema.shape);
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  let values: unknown;
  try {
    values = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const result = schema.safeParse({ ...(values as Record<string, unknown>) });
  if (result.success) return result.data;
  throw new FlagError(
    result.error.issues.map((issue) => `--${String(issue.path[0])}: ${issue.message}`).join("\n"),
  );
}

/** Writes a result. */
export function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Writes a result as JSON. */
export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}
