import { join } from "@std/path";

/** A package of the workspace. */
export interface WorkspacePackage {
  /** The folder, relative to the root. */
  readonly folder: string;
  /** What its `deno.json` says. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * The packages that a root `deno.json` names under `workspace`, where `folder/*` stands for every
 * folder in it that has a `deno.json`.
 *
 * @param root The folder with the root `deno.json`.
 * @returns The packages, sorted by folder.
 */
export async function workspacePackages(root: string): Promise<WorkspacePackage[]> {
  const { workspace } = await readConfig(join(root, "deno.json"));
  if (!Array.isArray(workspace)) throw new TypeError('Cannot find packages: no "workspace" list');
  const folders: string[] = [];
  for (const pattern of workspace) {
    const folder = String(pattern).replace(/^\.\//, "");
    if (!folder.endsWith("/*")) folders.push(folder);
    else folders.push(...await foldersWithConfig(root, folder.slice(0, -2)));
  }
  const packages = folders.sort().map(async (folder) => ({
    folder,
    config: await readConfig(join(root, folder, "deno.json")),
  }));
  return await Promise.all(packages);
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(path));
}

async function foldersWithConfig(root: string, parent: string): Promise<string[]> {
  const folders: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, parent))) {
    if (!isDirectory) continue;
    for await (const file of Deno.readDir(join(root, parent, name))) {
      if (file.name === "deno.json") folders.push(`${parent}/${name}`);
    }
  }
  return folders;
}

/**
 * The files a package offers to others.
 *
 * @param workspacePackage The package.
 * @returns The paths of its exports, relative to the root.
 */
export function exportedFiles({ folder, config }: WorkspacePackage): string[] {
  const { exports } = config;
  const files = typeof exports === "string" ? [exports] : Object.values(exports ?? {});
  return files.map((file) => `${folder}/${String(file).replace(/^\.\//, "")}`);
}

/**
 * What a package's `deno.json` lacks to be published.
 *
 * @param workspacePackage The package.
 * @returns One line per missing field; empty if none is, or if it is not meant to be published.
 */
export function missingFields({ folder, config }: WorkspacePackage): string[] {
  if (config["publish"] === false) return [];
  return ["name", "version", "license", "exports"]
    .filter((field) => config[field] === undefined)
    .map((field) => `${folder}/deno.json has no "${field}"`);
}
