/**
 * The modality of `examples/score` was added from outside: core and the plugins know nothing of it, and
 * it imports nothing but core.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** Files that are read: everything that is text. */
const TEXT = /\.(ts|json|md)$/;
/** The modality as code and prose name it; "score" has other uses, such as those of attention. */
const NAMES = /@codi\/score|examples\/score|["'`]score["'`]|\bMIDI files?\b|piano roll/i;

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else if (TEXT.test(name)) yield `${folder}/${name}`;
  }
}

const read = (file: string): Promise<string> => Deno.readTextFile(join(ROOT, file));

Deno.test("core and plugins do not mention the modality of examples/score", async () => {
  const naming: string[] = [];
  let files = 0;
  for (const folder of ["core", "plugins"]) {
    for await (const file of filesIn(folder)) {
      files++;
      if (NAMES.test(await read(file))) naming.push(file);
    }
  }
  assert(files > 200, `only ${files} files were looked at`);
  assertEquals(naming, []);
  // The same search finds it where it is named.
  assert(NAMES.test(await read("examples/score/score.ts")));
});

Deno.test("examples/score imports nothing but core", async () => {
  const strange: string[] = [];
  let found = 0;
  for await (const file of filesIn("examples/score")) {
    if (!file.endsWith(".ts") || /_test\.ts$|evaluate\.ts$/.test(file)) continue;
    // What stands in a comment is an example, which plays the part of a caller.
    const code = (await read(file)).replaceAll(/^\s*\*.*$/gm, "");
    for (const [, specifier] of code.matchAll(/from "([^"]+)"/g)) {
      found++;
      if (!/^(\.\/|@codi\/core(\/|$))/.test(specifier!)) strange.push(`${file}: ${specifier}`);
    }
  }
  assert(found > 20, `only ${found} imports were looked at`);
  assertEquals(strange, []);
});

Deno.test("plugin add makes the modality known, and train its four objectives", async () => {
  const folder = await Deno.makeTempDir({ prefix: "codi-fifth-" });
  const run = async (...args: string[]) => {
    const permissions = ["read", "write", "ffi", "env=npm_package_config_libvips,MALLOC_ARENA_MAX"];
    const { success, stdout, stderr } = await new Deno.Command("deno", {
      args: [
        "run",
        "--no-prompt",
        ...permissions.map((one) => `--allow-${one}`),
        join(ROOT, "apps/cli/main.ts"),
        ...args,
      ],
      cwd: folder,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  try {
    const said = await run("plugin", "add", join(ROOT, "examples/score/mod.ts"));
    assert(said.startsWith("score 0.1.0"), said);
    const listed = await run("train", "--list");
    for (const stage of ["autoencode", "align", "denoise", "join"]) {
      assert(listed.includes(`${stage} score`), `${stage}: ${listed}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
