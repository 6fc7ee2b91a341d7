/** The files of a folder and its sub-folders. */

import { join, relative, resolve } from "@std/path";
import type { SkippedFile } from "./report.ts";

/** The paths of a folder's files within it, in the order of their names, and what was left out. */
export async function listFiles(
  root: string,
): Promise<{ readonly files: string[]; readonly skipped: SkippedFile[] }> {
  const files: string[] = [];
  const skipped: SkippedFile[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await Array.fromAsync(Deno.readDir(join(root, folder)));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory } of entries) {
      if (name.startsWith(".")) continue;
      const file = folder === "" ? name : `${folder}/${name}`;
      try {
        if (isDirectory) await visit(file);
        else {
          await locate(root, file);
          files.push(file);
        }
      } catch (error) {
        skipped.push({ file, reason: reasonOf(error) });
      }
    }
  };
  await visit("");
  return { files, skipped };
}

/**
 * Where a file of the folder really is.
 *
 * @param root The folder's real path.
 * @param file A path within it.
 * @returns The file's real path.
 * @throws {RangeError} If that is outside the folder, or no regular file.
 * @throws {Deno.errors.NotFound} If it does not exist.
 */
export async function locate(root: string, file: string): Promise<string> {
  const path = resolve(root, file);
  if (!isWithin(root, path)) throw new RangeError("it is outside the folder");
  const real = await Deno.realPath(path);
  if (!isWithin(root, real)) throw new RangeError("it is a link that leaves the folder");
  const { isFile, isDirectory } = await Deno.stat(real);
  if (!isFile) {
    throw new RangeError(
      isDirectory ? "it is a folder, or a link to one" : "it is no regular file",
    );
  }
  return real;
}

/** A path within the folder as it is listed: with "/" and without detours. */
export function listedName(root: string, file: string): string {
  return relative(root, resolve(root, file)).replaceAll("\\", "/");
}

/** Why a file could not be read, to stand after its name. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is a file";
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/^Cannot [^:]*: /, "").replace(/ \(os error \d+\).*$/s, "")
    .replace(/[\s:.]+$/, "");
}

function isWithin(root: string, path: string): boolean {
  const [first] = relative(root, path).split(/[\\/]/);
  return first !== ".." && resolve(root, relative(root, path)) === path;
}
