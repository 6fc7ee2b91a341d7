import type { AnyModality } from "@codi/core/modality";
import type { CommandContext } from "./command.ts";
import { type LoadedPlugins, loadPlugins } from "./plugins/load_plugins.ts";

/**
 * The modalities of the installed plugins. Of one that is there and fails, the reason is told.
 *
 * @param context Where to.
 * @returns The modalities, in the order of `codi.json`.
 * @throws {Error} If no plugin can be loaded; the message says why.
 */
export async function loadModalities(
  { report }: Pick<CommandContext, "report">,
): Promise<readonly AnyModality[]> {
  const loaded = await loadPlugins();
  const modalities = modalitiesOf(loaded);
  for (const { specifier, reason, absent } of loaded.missing) {
    if (!absent) report(`Note: Cannot load the plugin "${specifier}": ${reason}\n`);
  }
  return modalities;
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
