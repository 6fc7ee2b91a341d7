import { basename, dirname, join } from "@std/path";

/**
 * Replaces a file in one go: the bytes go to a new file in the same folder, are flushed to the disk,
 * and take over the name. Whoever reads meanwhile, and whatever kills the process, sees the old file
 * or the new one, whole. Needs permission to read and write the folder.
 *
 * @param path The file to replace or create; its folder exists.
 * @param bytes The file's new contents, in one piece or several.
 * @returns When the file has its new contents.
 * @throws {Deno.errors.NotFound} If the folder does not exist.
 *
 * @example Replace a file
 * ```ts
 * import { writeFileAtomic } from "@codi/core/weights";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await writeFileAtomic(`${folder}/note.txt`, new TextEncoder().encode("hello"));
 * assertEquals(await Deno.readTextFile(`${folder}/note.txt`), "hello");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  // A random name, for two workers of one process may write the same file.
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true });
    for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
      for (let written = 0; written < piece.length;) {
        written += await file.write(piece.subarray(written));
      }
    }
    await file.sync();
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  try {
    await Deno.rename(temporary, path);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

/** Removes what is left of a failed write; its own failure must not hide the first one. */
async function discard(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch {
    // There is nothing to remove if the file could not be made.
  }
}
