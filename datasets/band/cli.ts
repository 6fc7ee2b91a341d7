/**
 * The task `data`: looks at the band.
 *
 * ```sh
 * deno run --allow-read --allow-write --allow-env --allow-ffi datasets/band/cli.ts \
 *   preview --split train --count 32 --out sheet.png
 * deno run --allow-read datasets/band/cli.ts stats --split train --count 10000
 * deno task data train-reader image --minutes 8
 * deno task data test-reader image --split held-out
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { TrainingEvent } from "@codi/core/training";
import { fromFileUrl } from "@std/path";
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

const TrainFlags = z.strictObject({
  steps: z.coerce.number().int().min(1).default(3000),
  minutes: z.coerce.number().positive().optional(),
  threads: z.coerce.number().int().min(1).optional(),
  seed: whole.default(0),
  cache: z.string().default(".cache/band"),
  directory: z.string().default("runs/reader-image"),
  out: z.string().optional(),
});

const TestFlags = z.strictObject({
  split: z.enum(SPLITS).default("test"),
  count: z.coerce.number().int().min(1).max(1_000_000).default(2048),
  first: whole.default(0),
  blur: z.coerce.number().min(0).max(8).default(0),
  noise: z.coerce.number().min(0).max(2).default(0),
  threads: z.coerce.number().int().min(1).optional(),
  cache: z.string().default(".cache/band"),
});

const HELP = `Usage: data <preview|stats|train-reader|test-reader> [options]

  preview             write a sheet of pictures with captions
  stats               count the values of every factor, and the drawings
  train-reader image  train the network that reads pictures, going on where it was left
  test-reader image   measure how well it reads scenes

  --split   ${SPLITS.join(", ")} (default: train)
  --count   number of scenes (default: 32, stats: 10000)
  --first   number of the first scene (default: 0)
  --seed    seed of the data set (default: 0)
  --things  only these, separated by commas
  --styles  only these art sets, separated by commas
  --cache   directory of the rasterised drawings (default: .cache/band)
  --out     the sheet's file (default: sheet.png)

train-reader: --steps (default: 3000), --minutes until it pauses, --threads, --seed, --cache,
  --directory of the run (default: runs/reader-image), --out (default: the shipped weights)
test-reader: --split (default: test), --count (default: 2048), --first, --threads, --cache,
  --blur and --noise: standard deviations in pixels and in values from -1 to 1 (default: 0)
`;

/** What went wrong with the flags, for a person to read. */
class FlagError extends Error {
  override name = "FlagError";
}

function parse<S extends z.ZodObject>(schema: S, args: readonly string[]): z.infer<S> {
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
  const flags = parse(Flags, args);
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
  const flags = parse(Flags, args);
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

/** Refuses readers that do not exist. */
function checkReader(name: string | undefined): void {
  if (name !== "image") throw new FlagError(`Cannot find reader "${name ?? ""}": it is image`);
}

/**
 * Trains the network of a reader and, when all steps are taken, writes its weights; a run that paused
 * is taken up again.
 *
 * @param args The reader, `image`, and flags `--steps`, `--minutes`, `--threads`, `--seed`,
 * `--cache`, `--directory`, `--out`.
 * @throws {FlagError} If there is no such reader, a flag is unknown or its value out of range.
 */
export async function trainReader(args: readonly string[]): Promise<void> {
  checkReader(args[0]);
  const flags = parse(TrainFlags, args.slice(1));
  // Imported here, so that the other commands do not load onnxruntime.
  const { imageReaderTask } = await import("./readers/mod.ts");
  const { train } = await import("@codi/core/training");
  const { writeWeights } = await import("@codi/core/weights");
  const out = flags.out ??
    fromFileUrl(new URL("./readers/weights/image.safetensors", import.meta.url));
  const { weights, step, finished } = await train(
    imageReaderTask({ art: await openArt({ cache: flags.cache }), seed: flags.seed }),
    {
      directory: flags.directory,
      now: () => performance.now(),
      resume: true,
      steps: flags.steps,
      seed: flags.seed,
      learningRate: 2e-3,
      weightDecay: 0.02,
      averageDecay: 0.998,
      ...(flags.minutes === undefined ? {} : { minutes: flags.minutes }),
      ...(flags.threads === undefined ? {} : { session: { threads: flags.threads } }),
      onEvent: (event) => Deno.stderr.writeSync(new TextEncoder().encode(lineOf(event))),
    },
  );
  if (!finished) {
    print(`Paused after step ${step} of ${flags.steps}: the same command goes on\n`);
    return;
  }
  await writeWeights(out, weights, {
    dtype: "float16",
    metadata: { reader: "image", steps: String(step), seed: String(flags.seed) },
  });
  print(`${out}\n`);
}

function lineOf({ step, steps, metrics, validation, secondsLeft }: TrainingEvent): string {
  const show = (values: Readonly<Record<string, number>>) =>
    Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(3)}`).join(" ");
  const judged = validation ? ` | test: ${show(validation)}` : "";
  return `${step}/${steps} ${show(metrics)}${judged} | ${Math.round(secondsLeft)} s left\n`;
}

/**
 * Prints, as JSON, how well a reader reads a split's scenes, and what it confuses most often.
 *
 * @param args The reader, `image`, and flags `--split`, `--count`, `--first`, `--blur`, `--noise`,
 * `--threads`, `--cache`.
 * @throws {FlagError} If there is no such reader, a flag is unknown or its value out of range.
 */
export async function testReader(args: readonly string[]): Promise<void> {
  checkReader(args[0]);
  const { split, count, first, blur, noise, threads, cache } = parse(TestFlags, args.slice(1));
  const { measureImageReader, openImageReader } = await import("./readers/mod.ts");
  const { openDevice } = await import("@codi/core/runtime");
  const styles = STYLES.filter(({ training }) => training === (split !== "unseen-style"));
  const art = await openArt({ styles: styles.map(({ name }) => name), cache });
  await using device = openDevice(threads === undefined ? {} : { threads });
  await using reader = await openImageReader({ device });
  const degradation = { blur, noise };
  const { misread, ...measure } = await measureImageReader(reader, {
    art,
    split,
    count,
    first,
    degradation,
  });
  const confusions = (factor: "thing" | "style" | "color") => {
    const counts = new Map<string, number>();
    for (const { scene, reading } of misread) {
      if (scene[factor] === reading[factor]) continue;
      const pair = `${scene[factor]} as ${reading[factor]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).slice(0, 10));
  };
  const report = {
    split,
    degradation,
    ...measure,
    confusions: {
      thing: confusions("thing"),
      style: confusions("style"),
      color: confusions("color"),
    },
  };
  print(`${JSON.stringify(report, null, 2)}\n`);
}

/**
 * Runs the command that the first argument names.
 *
 * @param args The command, such as `preview`, and its flags.
 * @returns The exit code: 0, or 2 if the arguments were wrong.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...flags] = args;
  try {
    if (command === "preview") await preview(flags);
    else if (command === "stats") stats(flags);
    else if (command === "train-reader") await trainReader(flags);
    else if (command === "test-reader") await testReader(flags);
    else if (command === "--help" || command === "-h") print(HELP);
    else {throw new FlagError(
        `Cannot run command "${command ?? ""}": it is preview, stats, train-reader or test-reader`,
      );}
    return 0;
  } catch (error) {
    // A RangeError says that no scene fits the flags.
    if (!(error instanceof FlagError || error instanceof RangeError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
