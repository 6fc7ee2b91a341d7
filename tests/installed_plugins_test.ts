/** A program that has installed some plugins only, outside this repository. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

const PROGRAM = `
import { load } from "@codi/core";
import { image } from "@codi/image";
import { text } from "@codi/text";

await using codi = await load([text, image], { session: { threads: 1 } });
const prompts = [text.prompt("a guitar on a yellow background")];
const { image: picture } = await codi.generate({ prompts, to: ["image"], steps: 1 });
const { text: caption } = await codi.generate({ prompts: [image.prompt(picture)], to: ["text"], steps: 1 });
console.log((await image.codec.encode(picture)).length > 1000, caption.length > 0);
try {
  await codi.generate({ prompts, to: ["audio" as "image"] });
} catch (error) {
  console.log((error as Error).message);
}
`;

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else if (!/_(test|bench)\.ts$/.test(name)) {
      await Deno.copyFile(join(from, name), join(to, name));
    }
  }
}

async function run(cwd: string, ...args: string[]): Promise<[number, string, string]> {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: [
      ...["run", "--no-prompt", "--no-check", "--cached-only", "--allow-read", "--allow-ffi"],
      ...["--allow-write=.", "--allow-env=npm_package_config_libvips,MALLOC_ARENA_MAX", ...args],
    ],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  // Deno tells of the packages' install scripts, which are not run.
  const told = decoder.decode(stderr).split("\n").filter((line) => !/^[╭│╰]/.test(line));
  return [code, decoder.decode(stdout), told.join("\n").trim()];
}

Deno.test("a program with the text and image plugins works where no other plugin is", async (t) => {
  const project = await Deno.makeTempDir({ prefix: "codi-project-" });
  try {
    const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
    const folders = ["core", "plugins/text", "plugins/image", "apps/cli", "datasets/folder"];
    for (const folder of [...folders, "links/std_assert", "links/std_path"]) {
      await copyFolder(join(ROOT, folder), join(project, folder));
    }
    const config = {
      workspace: folders.map((folder) => `./${folder}`),
      links: ["./links/std_assert", "./links/std_path"],
      imports,
    };
    await Deno.writeTextFile(join(project, "deno.json"), JSON.stringify(config));
    await Deno.copyFile(join(ROOT, "deno.lock"), join(project, "deno.lock"));
    await Deno.writeTextFile(join(project, "program.ts"), PROGRAM);

    await t.step("the library names the missing plugin", async () => {
      const [code, printed, told] = await run(project, "program.ts");
      assertEquals([code, told], [0, ""]);
      const [worked, message] = printed.trim().split("\n");
      assertEquals(worked, "true true");
      assertEquals(
        message,
        'Cannot find modality "audio": installed are "text", "image"; a plugin brings it, such as "@codi/audio": import it and hand it to load()',
      );
    });

    await t.step("the command line generates, and says how to add the missing plugin", async () => {
      const cli = [
        "apps/cli/main.ts",
        "generate",
        "a guitar",
        "--steps=1",
        "--threads=1",
        "--seed=1",
      ];
      const [code, printed, told] = await run(project, ...cli, "--to", "image,text");
      assertEquals([code, printed, told], [0, "out/image.png\nout/text.txt\n", ""]);
      const missing =
        'the plugin "@codi/audio" is missing; add it with "deno task plugin add @codi/audio"';
      assertEquals((await run(project, ...cli, "--to", "audio")).slice(0, 1), [2]);
      assertEquals(await run(project, ...cli, "--to", "audio"), [
        2,
        "",
        `Cannot generate "audio": ${missing}`,
      ]);
      assertEquals(await run(project, ...cli, "--audio", "drum.wav"), [
        2,
        "",
        `Cannot use --audio: ${missing}`,
      ]);
      const [, list] = await run(project, "apps/cli/main.ts", "plugin", "list");
      assert(/^image 0\.1\.0/m.test(list) && /^missing · @codi\/video · /m.test(list), list);
    });
  } finally {
    await Deno.remove(project, { recursive: true });
  }
});
