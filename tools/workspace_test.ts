import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { exportedFiles, missingFields, workspacePackages } from "./workspace.ts";

Deno.test("workspacePackages() finds named folders and those a pattern stands for", async () => {
  const root = await Deno.makeTempDir();
  try {
    const write = async (folder: string, config: unknown) => {
      await Deno.mkdir(join(root, folder), { recursive: true });
      await Deno.writeTextFile(join(root, folder, "deno.json"), JSON.stringify(config));
    };
    await write(".", { workspace: ["./core", "./plugins/*"] });
    await write("core", { name: "@x/core", exports: { ".": "./mod.ts", "./a": "./a/mod.ts" } });
    await write("plugins/p", { name: "@x/p", version: "1.0.0", license: "MIT", exports: "./p.ts" });
    await Deno.mkdir(join(root, "plugins/empty"));
    const packages = await workspacePackages(root);
    assertEquals(packages.map(({ folder }) => folder), ["core", "plugins/p"]);
    assertEquals(packages.flatMap(exportedFiles), [
      "core/mod.ts",
      "core/a/mod.ts",
      "plugins/p/p.ts",
    ]);
    assertEquals(packages.flatMap(missingFields), [
      'core/deno.json has no "version"',
      'core/deno.json has no "license"',
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
