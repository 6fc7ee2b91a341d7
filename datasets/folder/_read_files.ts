/** Files as samples: which modality they are of, and what they hold. */

import type { AnyModality } from "@codi/core/modality";
import { limiter, sampleCache, sizeOf } from "./_sample_cache.ts";
import { locate } from "./_list_files.ts";
import { readersOf } from "./_media_types.ts";

/** Files that are read at once; each may be large. */
const AT_ONCE = 4;

/** A file that was read. */
export interface SampleFile {
  /** Its path within the folder. */
  readonly path: string;
  /** What it is a sample of. */
  readonly modality: AnyModality;
  /** The SHA-256 of its bytes. */
  readonly digest: string;
}

/** Reads a folder's files. */
export interface FileReader {
  /** Finds out what a file is; rejects with the reason why it is nothing that is read. */
  identify(
    path: string,
    modality?: AnyModality,
    signal?: AbortSignal | undefined,
  ): Promise<SampleFile>;
  /** The sample that a file holds. */
  sample(file: SampleFile): Promise<unknown>;
}

/** Makes a reader of the files below a folder's real path. */
export function fileReader(
  root: string,
  modalities: readonly AnyModality[],
  { fileLimit, cacheLimit }: { readonly fileLimit: number; readonly cacheLimit: number },
): FileReader {
  const cache = sampleCache(cacheLimit);
  const inTurn = limiter(AT_ONCE);
  const keyOf = ({ path, modality }: Pick<SampleFile, "path" | "modality">) =>
    `${modality.name} ${path}`;
  const read = async (path: string) => {
    const real = await locate(root, path);
    const { size } = await Deno.stat(real);
    if (size > fileLimit) {
      throw new RangeError(`its ${size} bytes are above the limit of ${fileLimit}`);
    }
    const bytes = await Deno.readFile(real);
    return { bytes, digest: await digestOf(bytes) };
  };
  return {
    identify: (path, given, signal) =>
      inTurn(async () => {
        signal?.throwIfAborted();
        const readers = given === undefined ? readersOf(path, modalities) : [given];
        if (readers.length === 0) throw new RangeError("no modality reads files of such a name");
        const { bytes, digest } = await read(path);
        const decoded = await Promise.allSettled(readers.map(({ codec }) => codec.decode(bytes)));
        // What several can read is a sample of the one that keeps most of it: a clip, not its sound.
        const [best] = decoded.flatMap((result, index) =>
          result.status === "fulfilled"
            ? [{ modality: readers[index]!, sample: result.value, size: sizeOf(result.value) }]
            : []
        ).sort((a, b) => b.size - a.size);
        if (best === undefined) throw (decoded[0] as PromiseRejectedResult).reason;
        const file = { path, modality: best.modality, digest };
        await cache.get(keyOf(file), () => Promise.resolve(best.sample));
        return file;
      }),
    sample: (file) =>
      cache.get(keyOf(file), () =>
        inTurn(async () => {
          const { bytes, digest } = await read(file.path);
          if (digest !== file.digest) {
            throw new Error(
              `Cannot read "${file.path}": it has changed since the folder was opened`,
            );
          }
          return await file.modality.codec.decode(bytes);
        })),
  };
}

/** The SHA-256 of bytes, in hexadecimal digits. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
