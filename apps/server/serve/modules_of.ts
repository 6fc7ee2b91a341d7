import { toFileUrl } from "@std/path";
import type { ServeOptions } from "./command_line.ts";

/**
 * The module that a server takes its modalities from.
 *
 * @param options What it was told.
 * @returns The module's address.
 */
export function modulesOf({ modalities }: ServeOptions): URL {
  return modalities === undefined
    ? new URL("../modalities.ts", import.meta.url)
    : new URL(modalities, toFileUrl(`${Deno.cwd()}/`));
}
