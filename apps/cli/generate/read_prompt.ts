import type { Prompt } from "@codi/core/modality";
import { basename } from "@std/path";
import type { CommandContext } from "../command.ts";
import { reasonOf } from "../message.ts";
import { sha256 } from "../sha256.ts";
import { isWords } from "./options.ts";
import type { PromptSource } from "./generation_plan.ts";
import { STANDARD_STREAM } from "./streams.ts";

/** A prompt as the record of a run tells it: its words, or its file's name and content. */
export interface PromptRecord extends SampleRecord {
  /** The name of its modality. */
  readonly modality: string;
  /** Its share beside other prompts. */
  readonly weight: number;
  /** Whether to steer away from it. */
  readonly negative: boolean;
}

/** A sample that was given, as the record of a run tells it. */
export interface SampleRecord {
  /** The words. */
  readonly text?: string;
  /** The file's name, without its folder. */
  readonly file?: string;
  /** The SHA-256 of the file, in hexadecimal digits. */
  readonly sha256?: string;
}

/** A prompt, ready to be used, with its record. */
export interface ReadPrompt {
  /** The prompt. */
  readonly prompt: Prompt;
  /** What the record of the run says of it. */
  readonly record: PromptRecord;
}

/** Reads a file of reasonable size, or standard input. */
export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer>>;

/** The largest file that is read. */
const LARGEST_FILE = 64 * 1024 * 1024;

/**
 * How files are read; `-` stands for standard input, which is read once, however often it is asked for.
 *
 * @param readInput Reads standard input.
 * @returns A function from paths to bytes; it refuses folders, devices and what is too large.
 */
export function fileReader(readInput: CommandContext["readInput"]): ReadFile {
  let input: ReturnType<typeof readInput> | undefined;
  return async (path) => {
    try {
      if (path !== STANDARD_STREAM) return await readRegularFile(path);
      return await (input ??= readInput(LARGEST_FILE));
    } catch (cause) {
      throw new Error(reasonOf(cause), { cause });
    }
  };
}

/**
 * Makes a prompt of what was given.
 *
 * @param source The words or the file.
 * @param readFile Reads files.
 * @returns The prompt and its record.
 * @throws {Error} If the file cannot be read, or is not what the modality reads; the message names it.
 */
export async function readPrompt(source: PromptSource, readFile: ReadFile): Promise<ReadPrompt> {
  const { modality, weight, negative } = source;
  const { sample, record } = await readSample(source, readFile);
  return {
    prompt: modality.prompt(sample, { weight, negative }),
    record: { modality: modality.name, ...record, weight, negative },
  };
}

/**
 * Makes a sample of what was given.
 *
 * @param source Its modality, and the words or the file.
 * @param readFile Reads files.
 * @returns The sample, its record and what was read.
 * @throws {Error} If the file cannot be read, or is not what the modality reads; the message names it.
 */
export async function readSample(
  { modality, value }: Pick<PromptSource, "modality" | "value">,
  readFile: ReadFile,
): Promise<
  { readonly sample: unknown; readonly record: SampleRecord; readonly bytes: Uint8Array }
> {
  if (isWords(modality)) {
    const words = value === STANDARD_STREAM
      ? new TextDecoder().decode(await readFile(value)).trim()
      : value;
    if (words === "") throw new Error("Cannot generate from standard input: it is empty");
    const bytes = new TextEncoder().encode(words);
    return { sample: await modality.codec.decode(bytes), record: { text: words }, bytes };
  }
  return await readRecorded(
    modality.name,
    value,
    readFile,
    (bytes) => modality.codec.decode(bytes),
  );
}

/**
 * Makes something of a file.
 *
 * @param what What it is to be, as messages say it.
 * @param value The file.
 * @param readFile Reads files.
 * @param decode Makes it of the file's bytes.
 * @returns What was made, the file's record and its bytes.
 * @throws {Error} If the file cannot be read, or is not what it is to be; the message names it.
 */
export async function readRecorded<Made>(
  what: string,
  value: string,
  readFile: ReadFile,
  decode: (bytes: Uint8Array) => Promise<Made>,
): Promise<
  { readonly sample: Made; readonly record: SampleRecord; readonly bytes: Uint8Array }
> {
  try {
    const bytes = await readFile(value);
    const sample = await decode(bytes);
    return { sample, record: { file: basename(value), sha256: await sha256(bytes) }, bytes };
  } catch (cause) {
    // The codec's message says which kind of file it cannot read; the name is what helps.
    const reason = reasonOf(cause).replace(/^Cannot read [^:]*: /, "");
    throw new Error(`Cannot read the ${what} "${value}": ${reason}`, { cause });
  }
}

/** The bytes of a file of reasonable size; devices and pipes could be endless. */
async function readRegularFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (!isFile) throw new TypeError(isDirectory ? "it is a folder" : "it is no regular file");
  if (size > LARGEST_FILE) {
    throw new RangeError(`it has ${size} bytes, at most ${LARGEST_FILE} are read`);
  }
  return await Deno.readFile(path);
}
