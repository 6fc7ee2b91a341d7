import type { AnyModality } from "@codi/core/modality";
import { fileExists } from "@codi/core/weights";
import { fromFileUrl, resolve, toFileUrl } from "@std/path";
import { messageOf } from "../message.ts";
import { similarName } from "../similar_name.ts";
import { BUNDLED, CONFIG_FILE, readConfig } from "./config.ts";

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
  /** Whether there is none, as against one that fails. */
  readonly absent: boolean;
}

/** How Deno says that there is no such module. */
const ABSENT =
  /^(Module not found|Relative import path|Import "[^"]*" not a dependency|Unknown export)/;

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
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      const absent = ABSENT.test(messageOf(cause));
      return { specifier, reason: messageOf(error).split("; ")[0]!, absent };
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
  const module = moduleOf(specifier);
  let exported: Record<string, unknown>;
  try {
    exported = await import(module);
  } catch (cause) {
    const remedy = await remedyFor(specifier, module, messageOf(cause));
    throw remedy === undefined ? cause : new Error(remedy, { cause });
  }
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

/**
 * What to do about a module that is not there. Deno's own words speak of import maps and of flags.
 *
 * @param specifier What was to be loaded.
 * @param module What that stands for.
 * @param message What Deno said; it may also be of a module that this one imports.
 * @returns A sentence without a final period, or undefined if the message says enough.
 */
async function remedyFor(
  specifier: string,
  module: string,
  message: string,
): Promise<string | undefined> {
  if (message.startsWith(`Import "${specifier}" not a dependency`)) {
    const bundled = Object.hasOwn(BUNDLED, specifier) ? BUNDLED[specifier] : undefined;
    const meant = bundled ?? (await exists(specifier) ? `./${specifier}` : undefined) ??
      similarName(specifier, Object.values(BUNDLED));
    return meant === undefined
      ? "no package of that name is installed; one from a registry begins with jsr: or npm:, a path with ./"
      : `no package of that name is installed; did you mean "${meant}"?`;
  }
  if (module.startsWith("file:") && message.includes(module)) {
    const path = fromFileUrl(module);
    if (await exists(path)) return undefined;
    return await exists(specifier) && !(await Deno.stat(specifier)).isDirectory
      ? "it is no module; name one that ends with .ts or .js, or a folder with a mod.ts"
      : `there is no file "${path}"`;
  }
  const [, host] = /^Requires import access to "([^"]+)"/.exec(message) ?? [];
  return host === undefined
    ? undefined
    : `Deno loads nothing from there unless it is allowed to: add --allow-import=${host} to the tasks in deno.json`;
}

/** Whether there is such a file or folder. */
function exists(path: string): Promise<boolean> {
  return fileExists(path).catch(() => false);
}

function isModality(value: unknown): value is AnyModality {
  return typeof value === "object" && value !== null &&
    ["name", "version", "space", "codec", "promptEncoder", "weights", "prompt"]
      .every((property) => property in value);
}
