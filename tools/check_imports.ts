/**
 * Checks that packages import each other by their public names and in one direction, and that no
 * import is circular. `deno task check:imports` prints one line per violation.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { join, relative, toFileUrl } from "@std/path";
import { type Import, importViolations } from "./import_rules.ts";

const skipped = new Set(["node_modules", "coverage", "out", "runs"]);

/** Every TypeScript file below a folder, hidden folders and outputs left out. */
async function sourceFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".")) continue;
    if (isDirectory && !skipped.has(name)) files.push(...await sourceFiles(join(folder, name)));
    if (!isDirectory && /\.tsx?$/.test(name)) files.push(join(folder, name));
  }
  return files.sort();
}

/** The part of `deno info --json` that is read here. */
interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: Resolution;
      readonly type?: Resolution;
    }[];
  }[];
}

interface Resolution {
  readonly specifier?: string;
  readonly error?: string;
}

/** All modules in one graph: Deno resolves the imports, of types too, as it does when it runs them. */
async function moduleGraph(root: string, files: readonly string[]): Promise<ModuleGraph> {
  await Deno.mkdir(join(root, ".cache"), { recursive: true });
  const entry = await Deno.makeTempFile({ dir: join(root, ".cache"), suffix: ".ts" });
  try {
    const lines = files.map((file) => `import ${JSON.stringify(toFileUrl(file).href)};\n`);
    await Deno.writeTextFile(entry, lines.join(""));
    const { success, stdout, stderr } = await new Deno.Command("deno", {
      args: ["info", "--json", "--config", join(root, "deno.json"), entry],
      cwd: root,
    }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`Cannot list the imports: ${decoder.decode(stderr).trim()}`);
    return JSON.parse(decoder.decode(stdout));
  } finally {
    await Deno.remove(entry);
  }
}

/**
 * Checks the imports of a repository.
 *
 * @param root The absolute path of the folder with the workspace's `deno.json`.
 * @returns One line per violation; empty if there is none.
 * @throws {Error} If Deno cannot build the graph of modules.
 */
export async function checkImports(root: string): Promise<string[]> {
  const files = await sourceFiles(root);
  const path = (url: string) => decodeURIComponent(url).slice(prefix.length);
  const prefix = `${decodeURIComponent(toFileUrl(root).href)}/`;
  const wanted = new Set(files.map((file) => relative(root, file).replaceAll("\\", "/")));
  const imports: Import[] = [];
  const unresolved: string[] = [];
  for (const { specifier: url, error, dependencies } of (await moduleGraph(root, files)).modules) {
    if (error !== undefined) unresolved.push(error);
    if (!decodeURIComponent(url).startsWith(prefix)) continue;
    const from = path(url);
    if (!wanted.has(from)) continue;
    for (const { specifier, code, type } of dependencies ?? []) {
      const failure = code?.error ?? type?.error;
      if (failure !== undefined) unresolved.push(`${from} imports "${specifier}": ${failure}`);
      const target = code?.specifier ?? type?.specifier;
      if (target === undefined || !decodeURIComponent(target).startsWith(prefix)) continue;
      imports.push({ from, specifier, to: path(target) });
    }
  }
  return [...unresolved, ...importViolations(imports)];
}

if (import.meta.main) {
  const violations = await checkImports(Deno.cwd());
  for (const violation of violations) console.error(violation);
  if (violations.length > 0) Deno.exit(1);
}
