import { join } from "@std/path";
import { type CommandContext, UsageError } from "../command.ts";
import { isOption } from "../generate/options.ts";
import { reasonOf } from "../message.ts";
import { BUNDLED } from "./config.ts";

/** What help says of `plugin new`. */
export const NEW_PLUGIN_HELP = `
"plugin new" begins a modality in plugins/NAME, or in the folder that --dir names: codec, networks,
objectives and tests that pass as they are, for files of 64 numbers; change them into yours.
`;

/** The files of the template, which is a plugin itself; "template" becomes the name. */
const FILES = [
  "README.md",
  "_blocks.ts",
  "codec.ts",
  "config.ts",
  "diffusion.ts",
  "environment.ts",
  "mod.ts",
  "prompt_encoder.ts",
  "template.ts",
  "template_test.ts",
  "training.ts",
  "vae.ts",
];

/** Names that JavaScript keeps for itself, or that a file of the template has. */
const TAKEN =
  /^(await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|codec|config|diffusion|environment|mod|training|vae|weights|modality|tensor|template|core|cli|folder|band|server|arguments|assert|autoencoder|join|load|objectives|random|wave)$/;

/**
 * Begins a plugin: a modality that type-checks, trains and passes its tests as it is.
 *
 * @param name The name of the modality.
 * @param folder Where it goes.
 * @param context The standard streams.
 * @returns When the files are written.
 * @throws {UsageError} If the name cannot be one.
 * @throws {Error} If there is such a folder, or it cannot be written.
 */
export async function newPlugin(
  name: string,
  folder: string | undefined,
  { print, report }: CommandContext,
): Promise<void> {
  if (
    !/^[a-z][a-z0-9]*$/.test(name) || TAKEN.test(name) || isOption(name) ||
    Object.hasOwn(BUNDLED, name)
  ) {
    throw new UsageError(
      `Cannot begin a plugin named "${name}": it takes lower-case letters and digits, a letter first, and is no word that is taken`,
    );
  }
  const target = folder ?? join("plugins", name);
  try {
    await Deno.mkdir(join(target, ".."), { recursive: true });
    await Deno.mkdir(target);
    await Deno.mkdir(join(target, "weights"));
    for (const file of FILES) {
      const text = await (await fetch(new URL(`./template/${file}`, import.meta.url))).text();
      const path = join(target, named(file, name));
      await Deno.writeTextFile(path, named(text, name));
      print(`${path}\n`);
    }
    const config = join(target, "deno.json");
    await Deno.writeTextFile(config, `${JSON.stringify(packageOf(name), null, 2)}\n`);
    print(`${config}\n`);
  } catch (cause) {
    throw new Error(`Cannot begin a plugin in "${target}": ${reasonOf(cause)}`, { cause });
  }
  const path = /^(\.{0,2}\/)/.test(target) ? target : `./${target}`;
  report(`Next: deno test --allow-all ${target}\n      deno task plugin add ${path}\n`);
}

function named(text: string, name: string): string {
  return text.replaceAll("TEMPLATE", name.toUpperCase())
    .replaceAll("Template", `${name[0]!.toUpperCase()}${name.slice(1)}`)
    .replaceAll("template", name);
}

/** The package's `deno.json`. */
function packageOf(name: string): Record<string, unknown> {
  return {
    name: `@codi/${name}`,
    version: "0.1.0",
    license: "MIT",
    exports: { ".": "./mod.ts", "./training": "./training.ts" },
    publish: { exclude: ["**/*_test.ts"] },
  };
}
