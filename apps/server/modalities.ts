import { loadPlugins } from "@codi/cli/plugins";
import type { AnyModality } from "@codi/core/modality";

const { plugins, missing } = await loadPlugins();

/** The modalities of the installed plugins: those of `codi.json`, or those that come along. */
export const modalities: readonly AnyModality[] = plugins.map(({ modality }) => modality);

/** Plugins that cannot be loaded, and why; the others work without them. */
export const notes: readonly string[] = missing.map(({ specifier, reason }) =>
  `Cannot load the plugin "${specifier}": ${reason}`
);
