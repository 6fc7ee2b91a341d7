import type { AnyModality } from "@codi/core/modality";
import { resolve, toFileUrl } from "@std/path";
import { messageOf } from "../message.ts";
import { CONFIG_FILE, readConfig } from "./config.ts";

/** A plugin that was loaded. */
export interface Plugin {
  /** What `codi.json` calls it. */
  readonly specifier: string;
  /** What it brings. */
  readonly modality: AnyModality;
}

/** A plugin that could not be loaded. */
export interface MissingPlugin {
  /** What `codi.json` calls it. */
  readonly specifier: string;
  /** Why not. */
  readonly reason: string;
}

/** The plugins that `codi.json` names. */
export interface LoadedPlugins {
  /** Those that are there, in order. */
  readonly plugins: readonly Plugin[];
  /** Those that are not; the others work without them. */
  readonly missing: readonly MissingPlugin[];
}

/**
 * Loads the plugins that `codi.json` names, or those that come with the program. One that cannot be
 * loaded does not keep the others from it.
 *
 * @param path The configuration file.
 * @returns What was loaded and what was not.
 * @throws {SyntaxError} If the file is not what it should be.
 */
export async function loadPlugins(path: string = CONFIG_FILE): Promise<LoadedPlugins> {
  const plugins: Plugin[] = [];
  const missing: MissingPlugin[] = [];
  const { plugins: specifiers } = await readConfig(path);
  const loading = specifiers.map(async (specifier): Promise<Plugin | MissingPlugin> => {
    try {
      return { specifier, modality: await loadPlugin(specifier) };
    } catch (error) {
      return { specifier, reason: messageOf(error).split("; ")[0]! };
    }
  });
  for (const result of await Promise.all(loading)) {
    if ("modality" in result) plugins.push(result);
    else missing.push(result);
  }
  return { plugins, missing };
}

/**
 * Loads one plugin.
 *
 * @param specifier A package's specifier, an address, or a path that begins with `./`, `../` or `/`.
 * @returns The modality it exports.
 * @throws {Error} If the module cannot be loaded.
 * @throws {TypeError} If it exports no modality, or several.
 */
export async function loadPlugin(specifier: string): Promise<AnyModality> {
  const exported: Record<string, unknown> = await import(moduleOf(specifier));
  const modalities = [...new Set(Object.values(exported).filter(isModality))];
  if (modalities.length !== 1) {
    throw new TypeError(
      `Cannot use "${specifier}" as a plugin: it exports ${
        modalities.length === 0 ? "no modality" : "several modalities"
      }, and should export one that defineModality() made`,
    );
  }
  return modalities[0]!;
}

/**
 * The module that a specifier names, or another entry of the same package.
 *
 * @param specifier As for {@linkcode loadPlugin}; a path names a folder with a `mod.ts`, or a file.
 * @param entry The name of the entry, for example `training`: of a path, the file beside.
 * @returns What `import()` takes.
 */
export function moduleOf(specifier: string, entry?: string): string {
  if (!/^(\.{1,2}\/|\/|[a-z]:[\\/])/i.test(specifier)) {
    return entry === undefined ? specifier : `${specifier}/${entry}`;
  }
  const file = /\.[cm]?[jt]s$/.test(specifier) ? specifier : `${specifier}/mod.ts`;
  const module = toFileUrl(resolve(file));
  return entry === undefined ? module.href : new URL(`./${entry}.ts`, module).href;
}

function isModality(value: unknown): value is AnyModality {
  return typeof value === "object" && value !== null &&
    ["name", "version", "space", "codec", "promptEncoder", "weights", "prompt"]
      .every((property) => property in value);
}
