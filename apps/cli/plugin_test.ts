import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { namesIn, type Ran, runOne, testFolder } from "./_testing.ts";
import { loadObjectives } from "./objectives.ts";
import { loadPlugins } from "./plugins/load_plugins.ts";
import { plugin } from "./plugins/plugin.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const TEMPLATE = fromFileUrl(new URL("./plugins/template", import.meta.url));

/** Runs `plugin` with a configuration of its own. */
function run(config: string, ...args: string[]): Promise<Ran> {
  return runOne({ plugin: (rest, given) => plugin(rest, given, config) }, ["plugin", ...args]);
}

Deno.test("plugin lists the bundled plugins, and adds and removes others", async () => {
  await using folder = await testFolder();
  const config = join(folder.path, "codi.json");
  const names = async () => {
    const { printed, code } = await run(config, "list", "--json");
    assertEquals(code, 0);
    return JSON.parse(printed).plugins.map(({ name }: { name: string }) => name);
  };
  assertEquals(await names(), ["text", "image", "audio", "video"]);
  assertEquals(await namesIn(folder.path), []);

  const added = await run(config, "add", TEMPLATE);
  assertEquals([added.code, added.printed], [
    0,
    `template 0.1.0 (${TEMPLATE}) is in ${config}\n`,
  ]);
  assertEquals(await names(), ["text", "image", "audio", "video", "template"]);
  const list = await run(config, "list");
  assert(list.printed.includes("text 0.1.0 · @codi/text · prompt and output · the bridge"));
  assert(
    list.printed.includes("not trained: promptEncoder, autoencoder, diffusion, environment"),
    list.printed,
  );

  assertEquals(
    (await run(config, "remove", "audio")).printed,
    `@codi/audio is no longer in ${config}\n`,
  );
  assertEquals(await names(), ["text", "image", "video", "template"]);
  // The same again changes nothing but the order.
  assertEquals((await run(config, "add", "@codi/image")).code, 0);
  assertEquals(await names(), ["text", "video", "template", "image"]);

  const objectives = await loadObjectives((await loadPlugins(config)).plugins);
  const trained = objectives.map(({ name }) => name);
  assert(trained.includes("denoise video") && !trained.includes("denoise audio"), trained.join());
  assertEquals(trained.slice(-4), [
    "autoencode template",
    "align template",
    "denoise template",
    "join template",
  ]);
});

Deno.test("a plugin that is missing does not keep the others from working", async () => {
  await using folder = await testFolder();
  const config = join(folder.path, "codi.json");
  await Deno.writeTextFile(config, JSON.stringify({ plugins: ["@codi/text", "./nowhere"] }));
  const { plugins, missing } = await loadPlugins(config);
  assertEquals(plugins.map(({ modality }) => modality.name), ["text"]);
  assertEquals(missing.map(({ specifier }) => specifier), ["./nowhere"]);
  const { code, printed } = await run(config, "list");
  assert(
    code === 0 && /\nmissing · \.\/nowhere · there is no file ".*nowhere\/mod.ts"/.test(printed),
    printed,
  );
  // It can be removed by its specifier.
  assertEquals((await run(config, "remove", "./nowhere")).code, 0);
  assertEquals(JSON.parse(await Deno.readTextFile(config)), { plugins: ["@codi/text"] });
});

Deno.test("plugin names what is wrong on one line", async () => {
  await using folder = await testFolder();
  const config = join(folder.path, "codi.json");
  const path = (name: string) => join(folder.path, name);
  await Deno.mkdir(path("empty"));
  await Deno.writeTextFile(path("empty/mod.ts"), "export const nothing = 1;\n");
  await Deno.mkdir(path("other"));
  const other = `import { template } from ${JSON.stringify(`file://${TEMPLATE}/mod.ts`)};
export const smell = { ...template, name: "smell", space: "elsewhere-1" };\n`;
  await Deno.writeTextFile(path("other/mod.ts"), other);
  await Deno.mkdir(path("seed"));
  await Deno.writeTextFile(path("seed/mod.ts"), other.replaceAll("smell", "seed"));
  await Deno.writeTextFile(path("words.md"), "# A plugin\n");
  await Deno.mkdir(path("broken"));
  await Deno.writeTextFile(path("broken/mod.ts"), 'export * from "./lost.ts";\n');
  const cases: [number, string[], RegExp][] = [
    [2, [], /^Cannot run "plugin ": it is list, add, remove or new$/],
    [2, ["lits"], /^Cannot run "plugin lits": did you mean "list"\?$/],
    [2, ["add"], /^Cannot run "plugin add" with 0 names: it takes one, as in "plugin add @codi/],
    [2, ["add", "--json", "x"], /^Cannot use --json with "plugin add"$/],
    [1, ["add", path("none")], /^Cannot add ".*none": there is no file ".*none\/mod.ts"$/],
    [1, ["add", path("words.md")], /^Cannot add ".*words.md": it is no module; name one that/],
    [1, ["add", path("broken")], /^Cannot add ".*broken": Module not found ".*\/lost.ts"/],
    [1, ["add", "audio"], /^Cannot add "audio": no package .*; did you mean "@codi\/audio"\?$/],
    [1, ["add", "@codi/vidoe"], /^Cannot add .*: no package .*; did you mean "@codi\/video"\?$/],
    [1, ["add", "plugins/text"], /^Cannot add .*: no package .*; did you mean ".\/plugins\/text"/],
    [1, ["add", "smell"], /^Cannot add "smell": .*; one from a registry begins with jsr: or npm:/],
    [
      1,
      ["add", "https://example.com/mod.ts"],
      /^Cannot add .*: add --allow-import=example.com:443/,
    ],
    [1, ["add", path("empty")], /^Cannot add ".*": Cannot use ".*" as a plugin: it exports no/],
    [1, ["add", path("other")], /^Cannot load modality "smell": .* "elsewhere-1", "text" to "band/],
    [1, ["remove", "smell"], /^Cannot remove "smell": installed are text, image, audio or video$/],
    [2, ["new", "Smell"], /^Cannot begin a plugin named "Smell": it takes lower-case letters/],
    [2, ["new", "class"], /^Cannot begin a plugin named "class"/],
    [2, ["new", "seed"], /^Cannot begin a plugin named "seed"/],
    [
      1,
      ["add", path("seed")],
      /^Cannot add .*: its modality "seed" is called like the option --seed/,
    ],
    [2, ["new", "video"], /^Cannot begin a plugin named "video"/],
    [1, ["new", "smell", "--dir", path("empty")], /^Cannot begin a plugin in ".*empty": there is/],
  ];
  for (const [code, args, message] of cases) {
    const result = await run(config, ...args);
    assertEquals(result.code, code, result.reported);
    assert(message.test(result.reported.trimEnd()), result.reported);
    assertEquals(result.reported.trimEnd().split("\n").length, 1, result.reported);
  }
  for (
    const [text, message] of [
      ["{", /^Cannot read ".*": it is no JSON/],
      ["{}", /^Cannot use ".*": "plugins": /],
      ['{"plugins":[]}', /^Cannot use ".*": "plugins": it names at least one plugin/],
      ['{"plugins":["a"],"plugin":1}', /^Cannot use ".*": Unrecognized key: "plugin"/],
    ] as const
  ) {
    await Deno.writeTextFile(config, text);
    const result = await run(config, "list");
    assert(result.code === 1 && message.test(result.reported), result.reported);
  }
});

Deno.test("plugin new makes a modality that type-checks, trains and passes its tests", async () => {
  await using folder = await testFolder();
  const config = join(folder.path, "codi.json");
  const target = join(folder.path, "smell");
  const made = await run(config, "new", "smell", "--dir", target);
  assertEquals(made.code, 0, made.reported);
  const names = await namesIn(target);
  assertEquals(made.printed.trim().split("\n").length, names.length - 1); // besides weights
  assert(names.includes("smell.ts") && names.includes("smell_test.ts"), names.join());
  for (const name of names.filter((name) => name !== "weights")) {
    const text = await Deno.readTextFile(join(target, name));
    assert(!/template/i.test(text), `${name} still speaks of the template`);
  }

  const deno = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command("deno", {
      args,
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
    assertEquals(code, 0, said);
    return said;
  };
  await deno("fmt", "--check", "--config", "deno.json", target);
  await deno("lint", "--config", "deno.json", target);
  const permissions = "--allow-env=npm_package_config_libvips,MALLOC_ARENA_MAX";
  const tested = await deno(
    ...["test", "--config", "deno.json", "--no-prompt", "--allow-read", "--allow-write"],
    ...["--allow-ffi", permissions, target],
  );
  assert(/4 passed \| 0 failed/.test(tested), tested);
  assertEquals((await run(config, "add", target)).code, 0);
  const { plugins } = await loadPlugins(config);
  const objectives = await loadObjectives(plugins);
  assertEquals(objectives.at(-1)!.name, "join smell");
});
