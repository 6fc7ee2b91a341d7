import { type AnyModality, checkModalities, type PartName } from "@codi/core/modality";
import { type CommandContext, UsageError } from "../command.ts";
import { alternatives, parseArguments } from "../command_line.ts";
import { isOption } from "../generate/options.ts";
import { messageOf } from "../message.ts";
import { similarName } from "../similar_name.ts";
import { CONFIG_FILE, readConfig, writeConfig } from "./config.ts";
import { loadPlugin, loadPlugins } from "./load_plugins.ts";
import { NEW_PLUGIN_HELP, newPlugin } from "./new_plugin.ts";

/** How `plugin` is called. */
export const PLUGIN_HELP = `Usage: deno task plugin list [--json]
       deno task plugin add SPECIFIER
       deno task plugin remove NAME
       deno task plugin new NAME [--dir FOLDER]

Says which modalities there are. What is added or removed is kept in ${CONFIG_FILE}, in the working folder;
without that file the four bundled plugins are used. A specifier is a package's name, as in
@codi/audio, jsr:@codi/audio or npm:some-package, an https address, or a path that begins with ./
${NEW_PLUGIN_HELP}
Examples:
  deno task plugin list
  deno task plugin remove video
  deno task plugin add @codi/video
  deno task plugin new smell && deno task plugin add ./plugins/smell
`;

/**
 * The command `plugin`: lists, adds, removes and begins plugins.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param path The file that says which plugins there are.
 * @returns When it is done.
 * @throws {UsageError} If the arguments are wrong.
 * @throws {Error} If a plugin cannot be loaded, or does not fit the others.
 */
export async function plugin(
  args: readonly string[],
  context: CommandContext,
  path: string = CONFIG_FILE,
): Promise<void> {
  const { values, positionals } = parseArguments(args, {
    json: { type: "boolean" },
    dir: { type: "string" },
  });
  const [action = "", ...rest] = positionals;
  const actions: Readonly<Record<string, () => Promise<void>>> = {
    list: () => list(path, values["json"] === true, context),
    add: () => add(path, only(action, rest), context),
    remove: () => remove(path, only(action, rest), context),
    new: () => newPlugin(only(action, rest), values["dir"] as string | undefined, context),
  };
  if (!Object.hasOwn(actions, action)) {
    const similar = similarName(action, Object.keys(actions));
    throw new UsageError(
      `Cannot run "plugin ${action}": ${
        similar === undefined
          ? `it is ${alternatives(Object.keys(actions))}`
          : `did you mean "${similar}"?`
      }`,
    );
  }
  for (const option of ["json", "dir"] as const) {
    if (option in values && action !== (option === "json" ? "list" : "new")) {
      throw new UsageError(`Cannot use --${option} with "plugin ${action}"`);
    }
  }
  await actions[action]!();
}

function only(action: string, rest: readonly string[]): string {
  if (rest.length !== 1) {
    throw new UsageError(
      `Cannot run "plugin ${action}" with ${rest.length} names: it takes one, as in "plugin ${action} ${
        action === "add" ? "@codi/audio" : "audio"
      }"`,
    );
  }
  return rest[0]!;
}

async function list(path: string, json: boolean, { print }: CommandContext): Promise<void> {
  const { plugins, missing } = await loadPlugins(path);
  const rows = await Promise.all(plugins.map(async ({ specifier, modality }) => ({
    name: modality.name,
    version: modality.version,
    specifier,
    space: modality.space,
    bridge: modality.bridge,
    output: modality.autoencoder !== undefined && modality.diffusion !== undefined,
    weights: await weightsOf(modality),
  })));
  if (json) {
    print(`${JSON.stringify({ plugins: rows, missing }, null, 2)}\n`);
    return;
  }
  for (const { name, version, specifier, space, bridge, output, weights } of rows) {
    const untrained = Object.entries(weights).filter(([, there]) => !there).map(([part]) => part);
    const facts = [
      `${name} ${version}`,
      specifier,
      output ? "prompt and output" : "prompt only",
      ...(bridge ? ["the bridge"] : []),
      `space ${space}`,
      ...(untrained.length > 0 ? [`not trained: ${untrained.join(", ")}`] : []),
    ];
    print(`${facts.join(" · ")}\n`);
  }
  for (const { specifier, reason } of missing) {
    print(`missing · ${specifier} · ${reason}\n`);
  }
}

/** Which parts that name a file have it. */
async function weightsOf({ weights }: AnyModality): Promise<Record<string, boolean>> {
  const found: Record<string, boolean> = {};
  for (const [part, url] of Object.entries(weights) as [PartName, URL][]) {
    try {
      // Those of a package from elsewhere came with it.
      found[part] = url.protocol !== "file:" || (await Deno.stat(url)).isFile;
    } catch {
      found[part] = false;
    }
  }
  return found;
}

async function add(path: string, specifier: string, { print }: CommandContext): Promise<void> {
  const { plugins } = await readConfig(path);
  let modality: AnyModality;
  try {
    modality = await loadPlugin(specifier);
  } catch (cause) {
    throw new Error(`Cannot add "${specifier}": ${messageOf(cause)}`, { cause });
  }
  if (isOption(modality.name)) {
    throw new Error(
      `Cannot add "${specifier}": its modality "${modality.name}" is called like the option --${modality.name} of generate; give it another name`,
    );
  }
  // The same modality from elsewhere takes the old one's place.
  const installed = (await loadPlugins(path)).plugins;
  const replaced = installed.find((other) => other.modality.name === modality.name);
  const others = installed.filter((other) => other !== replaced);
  checkModalities([...others.map((other) => other.modality), modality]);
  const kept = plugins.filter((other) => other !== replaced?.specifier && other !== specifier);
  await writeConfig({ plugins: [...kept, specifier] }, path);
  print(`${modality.name} ${modality.version} (${specifier}) is in ${path}\n`);
}

async function remove(path: string, name: string, { print }: CommandContext): Promise<void> {
  const { plugins } = await readConfig(path);
  const installed = (await loadPlugins(path)).plugins;
  const specifier = installed.find(({ modality }) => modality.name === name)?.specifier ??
    plugins.find((other) => other === name);
  if (specifier === undefined) {
    throw new Error(
      `Cannot remove "${name}": installed are ${
        alternatives(installed.map(({ modality }) => modality.name)) || "none"
      }`,
    );
  }
  const kept = plugins.filter((other) => other !== specifier);
  if (kept.length === 0) {
    throw new Error(`Cannot remove "${name}": it is the last plugin; add another one first`);
  }
  await writeConfig({ plugins: kept }, path);
  print(`${specifier} is no longer in ${path}\n`);
}
