import type { PictureProtocol } from "./terminal_picture.ts";

/** What a command may use of the world around it; tests hand in their own. */
export interface CommandContext {
  /** Writes results, to standard output. */
  readonly print: (text: string) => void;
  /** Writes a file's bytes to standard output. */
  readonly write: (bytes: Uint8Array) => void;
  /** Whether people read standard output, on a terminal. */
  readonly printsToTerminal: boolean;
  /**
   * Reads standard input to its end.
   *
   * @param limit The most bytes to read.
   * @returns All there was.
   * @throws {RangeError} If there are more.
   */
  readonly readInput: (limit: number) => Promise<Uint8Array<ArrayBuffer>>;
  /** Writes messages and progress, to standard error. */
  readonly report: (text: string) => void;
  /** How wide the terminal is that reads the reports; undefined if none does. */
  readonly columns?: number;
  /** How that terminal shows pictures; undefined if it does not. */
  readonly pictures?: PictureProtocol;
  /** Shows a file in the system's viewer. */
  readonly openFile: (path: string) => Promise<void>;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** The most memory the process has held so far, in bytes. */
  readonly peakMemory: () => number;
  /** A seed for those who gave none. */
  readonly drawSeed: () => number;
  /** Ends the work early. */
  readonly signal: AbortSignal;
}

/** One command of the command line. */
export interface Command {
  /** What it does, in a few words. */
  readonly summary: string;
  /** How it is called, with examples. */
  help(): Promise<string> | string;
  /** Words that may follow it, for shells to complete; left out by one that takes files. */
  words?(): Promise<readonly string[]> | readonly string[];
  /**
   * Runs it.
   *
   * @param args The arguments after its name.
   * @param context The world around it.
   * @returns When it is done.
   * @throws {UsageError} If the arguments are wrong.
   */
  run(args: readonly string[], context: CommandContext): Promise<void>;
}

/** Arguments that a command cannot work with; its message names them and says what would be right. */
export class UsageError extends Error {
  /** The class's name, as the first word of a printed error. */
  override readonly name = "UsageError";
}
