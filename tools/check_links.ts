/**
 * Checks that links between Markdown files lead somewhere: the file is there, and the heading in it.
 * `deno task check:links` prints one line per broken link.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { dirname, join } from "@std/path";
import { markdownAnchors, markdownLinks } from "./markdown_links.ts";

const SKIPPED = new Set(["node_modules", "coverage", "out", "runs"]);

/** Every Markdown file below a folder, hidden folders and outputs left out. */
async function markdownFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".")) continue;
    if (isDirectory && !SKIPPED.has(name)) files.push(...await markdownFiles(join(folder, name)));
    if (!isDirectory && name.endsWith(".md")) files.push(join(folder, name));
  }
  return files.sort();
}

/** What is wrong with a link; undefined if nothing is. */
async function complaint(from: string, target: string): Promise<string | undefined> {
  const [path = "", anchor] = decodeURI(target).split("#");
  const to = path === "" ? from : join(dirname(from), path);
  try {
    await Deno.stat(to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no "${to}"`;
    throw error;
  }
  if (anchor === undefined || !to.endsWith(".md")) return undefined;
  return markdownAnchors(await Deno.readTextFile(to)).has(anchor)
    ? undefined
    : `"${to}" has no heading for "#${anchor}"`;
}

let links = 0;
let broken = 0;
for (const file of await markdownFiles(".")) {
  for (const { line, target } of markdownLinks(await Deno.readTextFile(file))) {
    links++;
    const wrong = await complaint(file, target);
    if (wrong === undefined) continue;
    broken++;
    console.error(`${file}:${line}: cannot follow "${target}": ${wrong}`);
  }
}
if (broken > 0) Deno.exit(1);
console.log(`${links} links lead somewhere`);
