import { FlagError } from "./flags.ts";

/** What the commands `train-reader` and `test-reader` do for one reader. */
export interface ReaderCommands {
  /** Trains its network, and writes the weights; left out where there is nothing to train. */
  readonly train?: (args: readonly string[], signal?: AbortSignal) => Promise<void>;
  /** Prints, as JSON, how well it reads scenes. */
  readonly test: (args: readonly string[]) => Promise<void>;
}

/** Every reader by name. They are imported when called, so that other commands load no networks. */
const READERS: Readonly<Record<string, ReaderCommands>> = {
  image: {
    train: async (...given) => await (await import("./image_reader.ts")).trainImageReader(...given),
    test: async (args) => await (await import("./image_reader.ts")).testImageReader(args),
  },
  audio: {
    train: async (...given) => await (await import("./audio_reader.ts")).trainAudioReader(...given),
    test: async (args) => await (await import("./audio_reader.ts")).testAudioReader(args),
  },
  video: {
    test: async (args) => await (await import("./video_reader.ts")).testVideoReader(args),
  },
};

/** One reader's command. */
function commandOf(name: string | undefined, command: keyof ReaderCommands) {
  const found = Object.hasOwn(READERS, name ?? "") ? READERS[name!]![command] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(READERS).filter((one) => READERS[one]![command] !== undefined);
  throw new FlagError(
    `Cannot ${command} reader "${name ?? ""}": it is ${known.join(" or ")}`,
  );
}

/**
 * Trains the network of a reader and, when all steps are taken, writes its weights; a run that paused
 * is taken up again.
 *
 * @param args The reader's name, and flags `--steps`, `--minutes`, `--threads`, `--seed`, `--cache`,
 * `--directory`, `--out`.
 * @param signal Pauses it.
 * @throws {FlagError} If there is no such reader, a flag is unknown or its value out of range.
 */
export async function trainReader(
  [name, ...args]: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await commandOf(name, "train")(args, signal);
}

/**
 * Prints, as JSON, how well a reader reads a split's scenes.
 *
 * @param args The reader's name, and flags `--split`, `--count`, `--first`, `--threads`, `--cache`;
 * `image` and `video` take `--blur` and `--noise` too, `audio` takes `--bank`, `--vocoder`, `--smear`
 * and `--noise`.
 * @throws {FlagError} If there is no such reader, a flag is unknown or its value out of range.
 */
export async function testReader([name, ...args]: readonly string[]): Promise<void> {
  await commandOf(name, "test")(args);
}
