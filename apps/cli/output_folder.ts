import { fileExists, writeFileAtomic } from "@codi/core/weights";
import { dirname, join, resolve } from "@std/path";
import { reasonOf } from "./message.ts";

/** A folder that results go to. */
export interface OutputFolder extends AsyncDisposable {
  /**
   * Writes a file in one go.
   *
   * @param name The file's name.
   * @param bytes Its contents.
   * @returns Its path.
   */
  write(name: string, bytes: Uint8Array): Promise<string>;
}

/**
 * Makes sure that a folder exists and takes files, before work is spent on them. Folders made for this
 * are removed again at the end if nothing was written.
 *
 * @param path The folder.
 * @returns The folder; bind it with `await using`.
 * @throws {Error} If files cannot be written there.
 */
export async function openOutputFolder(path: string): Promise<OutputFolder> {
  const made: string[] = [];
  const removeMade = async () => {
    for (const folder of made) {
      try {
        await Deno.remove(folder);
      } catch {
        return; // something is in it
      }
    }
  };
  try {
    made.push(...await missingFolders(path));
    await Deno.mkdir(path, { recursive: true });
    const probe = await Deno.makeTempFile({ dir: path, prefix: ".probe-" });
    await Deno.remove(probe);
  } catch (cause) {
    await removeMade();
    throw new Error(`Cannot write to the folder "${path}": ${reasonOf(cause)}`, { cause });
  }
  return {
    write: async (name, bytes) => {
      const file = join(path, name);
      try {
        await writeFileAtomic(file, bytes);
      } catch (cause) {
        throw new Error(`Cannot write "${file}": ${reasonOf(cause)}`, { cause });
      }
      return file;
    },
    [Symbol.asyncDispose]: removeMade,
  };
}

/** The folders of a path that do not exist yet, the innermost first. */
async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(path); !await fileExists(folder); folder = dirname(folder)) {
    missing.push(folder);
  }
  return missing;
}
