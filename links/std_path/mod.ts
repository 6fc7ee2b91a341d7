/**
 * A stand-in for `jsr:@std/path`, so that a checkout works without reaching that registry.
 * It offers the functions this project uses, under the same names and with the same behaviour.
 * Published packages depend on the real one; deleting `links` in `deno.json` switches a checkout over.
 *
 * @module
 */
import nodePath from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Joins path segments and normalises the result. */
export const join: (...paths: string[]) => string = nodePath.join;
/** The directory part of a path. */
export const dirname: (path: string) => string = nodePath.dirname;
/** The last part of a path, without `suffix` if given. */
export const basename: (path: string, suffix?: string) => string = nodePath.basename;
/** The extension of a path, with its dot. */
export const extname: (path: string) => string = nodePath.extname;
/** An absolute path from segments. */
export const resolve: (...paths: string[]) => string = nodePath.resolve;
/** The path of `to` as seen from `from`. */
export const relative: (from: string, to: string) => string = nodePath.relative;
/** Whether a path is absolute. */
export const isAbsolute: (path: string) => boolean = nodePath.isAbsolute;

/** The path of a file URL. */
export function fromFileUrl(url: string | URL): string {
  return fileURLToPath(url);
}

/** The file URL of an absolute path. */
export function toFileUrl(path: string): URL {
  return pathToFileURL(path);
}
