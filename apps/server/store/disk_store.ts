import { writeFileAtomic } from "@codi/core/weights";
import { dirname, join } from "@std/path";
import { type BlobStore, checkKey, type StoredFolder } from "./store.ts";

/**
 * A store in a folder.
 *
 * @param folder The folder; it is made when something is put there.
 * @returns The store.
 */
export function diskStore(folder: string): BlobStore {
  const pathOf = (key: string) => {
    checkKey(key);
    return join(folder, ...key.split("/").filter((part) => part !== ""));
  };
  return {
    put: async (key, bytes) => {
      const path = pathOf(key);
      await Deno.mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, bytes);
    },
    get: async (key, range) => {
      try {
        if (range === undefined) return await Deno.readFile(pathOf(key));
        using file = await Deno.open(pathOf(key));
        await file.seek(range.start, Deno.SeekMode.Start);
        return await readExactly(file, range.end - range.start + 1);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    },
    remove: async (prefix) => {
      try {
        await Deno.remove(pathOf(prefix), { recursive: true });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    },
    folders: async () => {
      const found: StoredFolder[] = [];
      try {
        for await (const { name, isDirectory } of Deno.readDir(folder)) {
          if (!isDirectory) continue;
          const { mtime } = await Deno.stat(join(folder, name));
          found.push({ name, changedAt: mtime?.getTime() ?? 0 });
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      return found;
    },
  };
}

async function readExactly(file: Deno.FsFile, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) break;
    at += read;
  }
  return bytes.subarray(0, at);
}
