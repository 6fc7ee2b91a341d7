import type { AnyModality } from "@codi/core/modality";
import { type LoadedPlugins, loadPlugins } from "./plugins/load_plugins.ts";

/**
 * The modalities of the installed plugins.
 *
 * @returns The modalities, in the order of `codi.json`.
 * @throws {Error} If no plugin can be loaded; the message says why.
 */
export async function loadModalities(): Promise<readonly AnyModality[]> {
  return modalitiesOf(await loadPlugins());
}

/**
 * The modalities of loaded plugins.
 *
 * @param loaded The plugins.
 * @returns Their modalities.
 * @throws {Error} If there are none; the message says why.
 */
export function modalitiesOf({ plugins, missing }: LoadedPlugins): readonly AnyModality[] {
  if (plugins.length === 0) {
    throw new Error(
      `Cannot load any plugin: ${
        missing.map(({ specifier, reason }) => `"${specifier}": ${reason}`).join("; ")
      }`,
    );
  }
  return plugins.map(({ modality }) => modality);
}
