/**
 * The task `data`: looks at the band.
 *
 * ```sh
 * deno run --allow-read --allow-write --allow-env --allow-ffi datasets/band/cli.ts \
 *   preview --split train --count 32 --out sheet.png
 * deno run --allow-read datasets/band/cli.ts stats --split train --count 10000
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { openArt } from "./art.ts";
import { captionWithFactors } from "./caption.ts";
import { contactSheet } from "./contact_sheet.ts";
import { drawImage } from "./draw.ts";
import { FACTOR_NAMES, factorsOf, mentionOf } from "./factors.ts";
import { scene, SPLITS } from "./scene.ts";
import { type StyleName, STYLES, stylesOf } from "./styles.ts";
import { THING_NAMES, type ThingName } from "./things.ts";

const list = (known: readonly string[]) =>
  z.string().transform((text) => text.split(",").map((name) => name.trim()))
    .pipe(z.array(z.enum(known)).min(1));

const whole = z.coerce.number().int().min(0);

const Flags = z.strictObject({
  split: z.enum(SPLITS).default("train"),
  count: z.coerce.number().int().min(1).max(1_000_000).optional(),
  first: whole.default(0),
  seed: whole.default(0),
  things: list(THING_NAMES).optional(),
  styles: list(STYLES.map(({ name }) => name)).optional(),
  cache: z.string().default(".cache/band"),
  out: z.string().default("sheet.png"),
});

type Parsed = z.infer<typeof Flags>;

const HELP = `Usage: data <preview|stats> [options]

  preview  write a sheet of pictures with captions
  stats    count the values of every factor, and the drawings

  --split   ${SPLITS.join(", ")} (default: train)
  --count   number of scenes (default: 32, stats: 10000)
  --first   number of the first scene (default: 0)
  --seed    seed of the data set (default: 0)
  --things  only these, separated by commas
  --styles  only these art sets, separated by commas
  --cache   directory of the rasterised drawings (default: .cache/band)
  --out     the sheet's file (default: sheet.png)
`;

/** What went wrong with the flags, for a person to read. */
class FlagError extends Error {
  override name = "FlagError";
}

const FLAG_NAMES = Object.keys(Flags.shape);

function parse(args: readonly string[]): Parsed {
  const options = Object.fromEntries(FLAG_NAMES.map((name) => [name, { type: "string" as const }]));
  let values: unknown;
  try {
    values = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const result = Flags.safeParse({ ...(values as Record<string, unknown>) });
  if (result.success) return result.data;
  throw new FlagError(
    result.error.issues.map((issue) => `--${String(issue.path[0])}: ${issue.message}`).join("\n"),
  );
}

const print = (text: string): void => {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
};

function scenesOf({ split, first, seed, things, styles }: Parsed, count: number) {
  const options = {
    seed,
    ...(things && { things: things as ThingName[] }),
    ...(styles && { styles: styles as StyleName[] }),
  };
  return Array.from({ length: count }, (_, i) => scene(split, first + i, options));
}

/**
 * Writes a sheet of a split's pictures with their captions, and prints its file's name.
 *
 * @param args Flags `--split`, `--count`, `--first`, `--seed`, `--things`, `--styles`, `--cache`, `--out`.
 * @throws {FlagError} If a flag is unknown or its value out of range.
 */
export async function preview(args: readonly string[]): Promise<void> {
  const flags = parse(args);
  const scenes = scenesOf(flags, flags.count ?? 32);
  const art = await openArt({
    things: [...new Set(scenes.map(({ thing }) => thing))],
    styles: [...new Set(scenes.map(({ style }) => style))],
    cache: flags.cache,
  });
  const png = await contactSheet(scenes.map((one) => ({
    picture: drawImage(one, art),
    caption: captionWithFactors(one).text,
  })));
  await Deno.writeFile(flags.out, png);
  print(`${flags.out}\n`);
}

/**
 * Prints, as JSON, how often each value of each factor occurs in a split and how often captions
 * mention each factor, and which art sets draw each thing.
 *
 * @param args Flags `--split`, `--count`, `--first`, `--seed`, `--things`, `--styles`.
 * @throws {FlagError} If a flag is unknown or its value out of range.
 */
export function stats(args: readonly string[]): void {
  const flags = parse(args);
  const scenes = scenesOf(flags, flags.count ?? 10_000);
  const values: Record<string, Record<string, number>> = {};
  const mentions: Record<string, number> = Object.fromEntries(FACTOR_NAMES.map((n) => [n, 0]));
  for (const one of scenes) {
    const { rhythm: _, ...factors } = factorsOf(one);
    for (const [factor, value] of Object.entries(factors)) {
      const counts = values[factor] ??= {};
      counts[value ?? "none"] = (counts[value ?? "none"] ?? 0) + 1;
    }
    for (const name of mentionOf(captionWithFactors(one).factors)) mentions[name]! += 1;
  }
  const drawings = Object.fromEntries(THING_NAMES.map((thing) => [thing, stylesOf(thing)]));
  const report = { split: flags.split, scenes: scenes.length, values, mentions, drawings };
  print(`${JSON.stringify(report, null, 2)}\n`);
}

/**
 * Runs the command that the first argument names.
 *
 * @param args The command, `preview` or `stats`, and its flags.
 * @returns The exit code: 0, or 2 if the arguments were wrong.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...flags] = args;
  try {
    if (command === "preview") await preview(flags);
    else if (command === "stats") stats(flags);
    else if (command === "--help" || command === "-h") print(HELP);
    else throw new FlagError(`Cannot run command "${command ?? ""}": it is preview or stats`);
    return 0;
  } catch (error) {
    // A RangeError says that no scene fits the flags.
    if (!(error instanceof FlagError || error instanceof RangeError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
