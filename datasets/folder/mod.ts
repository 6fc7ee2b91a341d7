/**
 * A user's own files as a training data set: files of one name are one sample, or the rows of a
 * manifest are.
 *
 * @example A folder with one caption
 * ```ts
 * import { openFolder } from "@codi/folder";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${path}/rain.txt`, "it rains\n");
 * const { report } = await openFolder(path, [text]);
 * assertEquals(report.captions, 1);
 * await Deno.remove(path, { recursive: true });
 * ```
 *
 * @module
 */
export * from "./folder_dataset.ts";
export * from "./open_folder.ts";
export * from "./report.ts";
