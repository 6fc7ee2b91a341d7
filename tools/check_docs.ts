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

// All packages at once: a type of one package in the signature of another is then not taken for private.
const { code } = await new Deno.Command("deno", {
  args: ["doc", "--lint", ...packages.flatMap(exportedFiles)],
  stdout: "inherit",
  stderr: "inherit",
}).output();
if (missing.length > 0 || code !== 0) Deno.exit(1);
