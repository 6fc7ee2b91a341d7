import { writeFileAtomic } from "@codi/core/weights";
import { join } from "@std/path";
import { messageOf } from "../message.ts";
import { sha256 } from "../sha256.ts";

/** One measured piece of an evaluation: what it hangs on, and how it is measured. */
export interface Piece<T> {
  /** A folder in the run folder: what the pieces are of. */
  readonly kind: string;
  /** Everything the result hangs on, as JSON; digests of weights included. */
  readonly options: unknown;
  /** About how many seconds it takes. */
  readonly seconds: number;
  /** Measures it. */
  run(): Promise<T>;
}

/** Why an evaluation stopped between two pieces: its minutes are over. */
export class TimeOverError extends Error {
  /** The class's name. */
  override readonly name = "TimeOverError";
}

/** Measured pieces, kept in a folder. */
export interface Pieces {
  /** Whether a piece was measured before. */
  has(piece: Pick<Piece<unknown>, "kind" | "options">): Promise<boolean>;
  /**
   * The result of a piece: read if there is one with equal options, measured and written otherwise.
   *
   * @param piece The piece.
   * @returns Its result, as JSON gives it back.
   * @throws {TimeOverError} If it would have to be measured, and the time is over.
   */
  measure<T>(piece: Piece<T>): Promise<T>;
}

/** What {@linkcode openPieces} works with. */
export interface PiecesOptions {
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** The minutes after which no piece is begun any more. */
  readonly minutes: number | undefined;
  /** The digests of the readers' weights, on which every piece hangs, too. */
  readonly readers: Readonly<Record<string, string>>;
}

/** Changed when the meaning of stored results changes. */
const FORMAT = 2;

/**
 * Opens a folder of measured pieces. A piece's file is named by the digest of its options and the
 * readers, so that what was measured with other weights or settings stays beside it, and none is
 * mistaken for another.
 *
 * @param folder The folder; made with the first piece.
 * @param options The clock, when to stop, and who judges.
 * @returns The pieces.
 */
export function openPieces(folder: string, { now, minutes, readers }: PiecesOptions): Pieces {
  const deadline = minutes === undefined ? Infinity : now() + 60_000 * minutes;
  const fileOf = async ({ kind, options }: Pick<Piece<unknown>, "kind" | "options">) => {
    const text = JSON.stringify([FORMAT, readers, kind, options]);
    const digest = await sha256(new TextEncoder().encode(text));
    return join(folder, kind, `${digest.slice(0, 32)}.json`);
  };
  return {
    has: async (piece) => await read(await fileOf(piece)) !== undefined,
    measure: async <T>(piece: Piece<T>) => {
      const file = await fileOf(piece);
      const known = await read(file);
      if (known !== undefined) return known as T;
      if (now() >= deadline) throw new TimeOverError("The minutes are over");
      const begun = now();
      const result = await piece.run();
      const seconds = (now() - begun) / 1000;
      await Deno.mkdir(join(folder, piece.kind), { recursive: true });
      const text = JSON.stringify({ options: piece.options, seconds, result });
      await writeFileAtomic(file, new TextEncoder().encode(`${text}\n`));
      // What JSON cannot hold must not differ between a first and a later evaluation.
      return JSON.parse(text).result as T;
    },
  };
}

async function read(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text).result;
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read the measured piece "${file}": ${
        messageOf(cause)
      }; remove it to measure it again`,
      { cause },
    );
  }
}
