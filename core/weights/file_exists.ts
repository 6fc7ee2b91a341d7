/**
 * Whether there is a file or a folder of a name.
 *
 * @param path The path.
 * @returns Whether something is there.
 * @throws {Error} If it cannot be found out, for example where a file stands in for a folder.
 *
 * @example A folder that is there
 * ```ts
 * import { fileExists } from "@codi/core/weights";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * assertEquals([await fileExists(folder), await fileExists(`${folder}/none`)], [true, false]);
 * await Deno.remove(folder);
 * ```
 */
export async function fileExists(path: string | URL): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
