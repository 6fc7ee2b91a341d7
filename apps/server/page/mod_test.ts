import { assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { pageFiles } from "./mod.ts";

const HERE = dirname(fromFileUrl(import.meta.url));
/** What belongs to the package, not to the page. */
const OF_PACKAGE = ["deno.json", "README.md"];

/** The files of the page that are on the disk, by their paths below its folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(HERE, folder))) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) found.push(...await filesBelow(path));
    else if (!name.endsWith(".ts") && !OF_PACKAGE.includes(path)) found.push(path);
  }
  return found.sort();
}

Deno.test("pageFiles holds every file of the page", async () => {
  assertEquals(Object.keys(pageFiles).sort(), await filesBelow(""));
  for (const [path, text] of Object.entries(pageFiles)) {
    assertEquals(text, await Deno.readTextFile(join(HERE, path)));
  }
});

Deno.test("pageFiles comes along when the package is published", async () => {
  const { stdout, stderr } = await new Deno.Command("deno", {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check", "--token", "none"],
    cwd: HERE,
  }).output();
  const told = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  for (const path of [...Object.keys(pageFiles), "mod.ts", "deno.json"]) {
    assertEquals(told.includes(`/page/${path} (`), true, `${path} is missing in: ${told}`);
  }
  assertEquals(told.includes("_test.ts"), false);
});
