/**
 * Checks that every package has what publishing needs and that everything it exports is documented.
 * `deno task check:docs` prints what is missing.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { exportedFiles, missingFields, workspacePackages } from "./workspace.ts";

const packages = await workspacePackages(Deno.cwd());
const missing = packages.flatMap(missingFields);
for (const line of missing) console.error(line);

/** Whether everything that some files export is documented; what is not is printed. */
async function isDocumented(files: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command("deno", {
    args: ["doc", "--lint", ...files],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return success;
}

// All packages at once: a type of one package in the signature of another is then not taken for private.
let documented = await isDocumented(packages.flatMap(exportedFiles));
// And each that others install by itself, with the core alone: it needs no other plugin's types.
const core = packages.filter(({ folder }) => folder === "core").flatMap(exportedFiles);
const installed = packages.filter(({ folder }) => /^(core|plugins|examples)\b/.test(folder));
for (const files of installed.map(exportedFiles)) {
  if (!documented) break;
  documented = await isDocumented([...new Set([...core, ...files])]);
}
if (missing.length > 0 || !documented) Deno.exit(1);
