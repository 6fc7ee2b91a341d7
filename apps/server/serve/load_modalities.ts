import type { AnyModality } from "@codi/core/modality";
import { toFileUrl } from "@std/path";
import { type ServeOptions, UsageError } from "./command_line.ts";

/** The modalities that a server works with. */
export interface LoadedModalities {
  /** The module that exports them, for Workers. */
  readonly url: URL;
  /** The modalities. */
  readonly modalities: readonly AnyModality[];
}

/**
 * Loads the modalities that a server was told of, or those of the installed plugins.
 *
 * @param options What it was told.
 * @param report Is told of plugins that cannot be loaded.
 * @returns The modalities.
 * @throws {UsageError} If there are none.
 */
export async function loadModalities(
  { modalities }: ServeOptions,
  report: (message: string) => void,
): Promise<LoadedModalities> {
  const url = modalities === undefined
    ? new URL("../modalities.ts", import.meta.url)
    : new URL(modalities, toFileUrl(`${Deno.cwd()}/`));
  const module: { modalities?: readonly AnyModality[]; notes?: readonly string[] } = await import(
    url.href
  );
  for (const note of module.notes ?? []) report(note);
  if (module.modalities === undefined || module.modalities.length === 0) {
    throw new UsageError(
      `Cannot start without modalities: ${
        modalities === undefined
          ? "none of the plugins in codi.json can be loaded"
          : `"${modalities}" exports no "modalities"`
      }`,
    );
  }
  return { url, modalities: module.modalities };
}
