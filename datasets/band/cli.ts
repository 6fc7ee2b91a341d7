/**
 * The task `data`: looks at the band.
 *
 * ```sh
 * deno task data preview --split train --count 8 --out sheet.png
 * deno task data preview --modality image,text --count 32
 * deno task data stats --split train --count 10000
 * deno task data train-reader image --minutes 8
 * deno task data test-reader video --split held-out
 * ```
 *
 * @module
 */
import { FlagError, print } from "./cli/flags.ts";
import { preview } from "./cli/preview.ts";
import { testReader, trainReader } from "./cli/readers.ts";
import { stats } from "./cli/stats.ts";
import { SPLITS } from "./scene.ts";

/** How the task is called. */
export const DATA_HELP = `Usage: deno task data preview|stats|train-reader|test-reader [OPTION…]

Looks at the embedded data set.

  preview            write a sheet of scenes: captions, pictures, clips and sounds
  stats              count the values of every factor, and the drawings
  train-reader NAME  train the network of a reader, going on where it was left: image, audio
  test-reader NAME   measure how well a reader reads scenes: image, video, audio

Options of preview and stats:
  --split NAME       ${SPLITS.slice(0, -1).join(", ")} or ${SPLITS.at(-1)} (default: train)
  --count NUMBER     how many scenes (default: 8, pictures alone: 32, stats: 10000)
  --first NUMBER     the first scene (default: 0)
  --seed NUMBER      seed of the data set (default: 0)
  --things NAMES     only these, separated by commas
  --styles NAMES     only these art sets, separated by commas

Options of preview:
  --modality NAMES   some of text, image, video, audio, separated by commas (default: all)
  --bank NAME        the recordings: training or unseen (default: training)
  --cache FOLDER     the rasterised drawings (default: .cache/band)
  --out FILE         the sheet (default: sheet.png)

train-reader: --steps (default: 3000), --minutes until it pauses, --threads, --seed, --cache,
  --directory of the run (default: runs/reader-NAME, and -SEED), --out (default: the shipped weights)
test-reader: --split (default: test), --count (default: 2048), --first, --threads, --cache
  image, video: --blur and --noise, standard deviations in pixels and in values from -1 to 1
  audio: --bank (default: training), --noise as a standard deviation, --vocoder ROUNDS of phase
    retrieval after a log-mel spectrogram, --smear of that spectrogram

Examples:
  deno task data preview --split held-out --count 8 --out sheet.png
  deno task data preview --modality image,text --things guitar,harp
  deno task data stats --split train
  deno task data test-reader image --split held-out --count 64
`;

type Run = (args: readonly string[], signal?: AbortSignal) => Promise<void> | void;

const COMMANDS: Readonly<Record<string, Run>> = {
  preview,
  stats,
  "train-reader": trainReader,
  "test-reader": testReader,
  "--help": () => print(DATA_HELP),
  "-h": () => print(DATA_HELP),
};

/**
 * Runs the command that the first argument names.
 *
 * @param args The command, such as `preview`, and its flags.
 * @param signal Ends a training after the step at hand.
 * @returns When it is done.
 * @throws {FlagError} If the arguments are wrong.
 * @throws {RangeError} If no scene fits the flags.
 */
export async function data(args: readonly string[], signal?: AbortSignal): Promise<void> {
  const [command = "", ...flags] = args;
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (run === undefined) {
    throw new FlagError(
      `Cannot run command "${command}": it is preview, stats, train-reader or test-reader`,
    );
  }
  await run(flags, signal);
}

/**
 * Runs the command that the first argument names, and tells on standard error what went wrong.
 *
 * @param args The command, such as `preview`, and its flags.
 * @returns The exit code: 0, or 2 if the arguments were wrong.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await data(args);
    return 0;
  } catch (error) {
    if (!isFlagError(error)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    return 2;
  }
}

/**
 * Whether an error says that the arguments were wrong.
 *
 * @param error What was thrown.
 * @returns Whether it did.
 */
export function isFlagError(error: unknown): error is Error {
  return error instanceof FlagError || error instanceof RangeError;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
