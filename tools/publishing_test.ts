import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { missingFields, workspacePackages } from "./workspace.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

/** The most bytes a registry takes in one package. */
const LIMIT = 20 * 1024 * 1024;

Deno.test("every package has what publishing needs, and less than 20 MB of it", async () => {
  const packages = (await workspacePackages(ROOT)).filter(({ config }) =>
    config["publish"] !== false
  );
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
  assertEquals(code, 0, said);

  const published = new Map<string, string[]>();
  for (const line of said.split("\n")) {
    const [, name] = /^Simulating publish of (\S+)@\S+ with files:/.exec(line) ?? [];
    if (name !== undefined) published.set(name, []);
    const [, url] = /^\s+(file:\S+) \([\d.]+[KM]?B\)$/.exec(line) ?? [];
    if (url !== undefined) [...published.values()].at(-1)!.push(fromFileUrl(url));
  }
  for (const workspacePackage of packages) {
    const { folder, config } = workspacePackage;
    assertEquals(missingFields(workspacePackage), []);
    const files = published.get(config["name"] as string) ?? [];
    assert(files.includes(join(ROOT, folder, "README.md")), `${folder} has no README.md`);
    const tests = files.filter((file) => /_(test|bench|testing)\.ts$/.test(file));
    // The template of a plugin brings its tests along.
    assertEquals(tests.filter((file) => !file.includes("/template/")), []);
    let size = 0;
    for (const file of files) size += (await Deno.stat(file)).size;
    assert(size > 0 && size < LIMIT, `${folder} has ${size} bytes`);
  }
});
