import { load } from "@codi/core/generation";
import type { AnyModality } from "@codi/core/modality";
import { z } from "zod";
import { type CommandContext, UsageError } from "../command.ts";
import { checkValues, type OptionSpec, parseArguments, whole } from "../command_line.ts";
import { isWords } from "../generate/options.ts";
import { fileReader } from "../generate/read_prompt.ts";
import { STANDARD_STREAM } from "../generate/streams.ts";
import { messageOf } from "../message.ts";
import { missingText } from "../plugins/missing_text.ts";
import { type Description, descriptionText } from "./description.ts";
import { describeFile } from "./describe_file.ts";
import { describePlugin } from "./describe_plugin.ts";
import { describePrompt } from "./describe_prompt.ts";
import { describeWeights, isWeights } from "./describe_weights.ts";
import { type Neighbourhood, openNeighbourhood } from "./neighbourhood.ts";

const FLAG = z.literal(true).optional();

const SCHEMA = z.object({
  text: z.array(z.string()).default([]),
  among: z.array(z.string()).default([]),
  top: whole(1, 100).default(8),
  threads: whole(1, 256).optional(),
  tensors: FLAG,
  json: FLAG,
});

/** Options of `inspect`. */
export const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  text: { type: "string", multiple: true },
  among: { type: "string", multiple: true },
  top: { type: "string" },
  threads: { type: "string" },
  tensors: { type: "boolean" },
  json: { type: "boolean" },
};

/** How `inspect` is called. */
export const INSPECT_HELP = `Usage: deno task inspect WHAT… [OPTION…]

Says what something holds. WHAT is a file, the name of a plugin, or a sentence:
  a file of weights   its networks, their parameters, and how they were trained
  any other file      what reads it, how it was generated, and what lies near it in the shared space
  a plugin            its files, networks and weights
  a sentence          its words, which of them are unknown, and what lies near it

Options:
  --text SENTENCE   a sentence, though there is a file or plugin of that name
  --among PATH      also compare with this file, or the files of this folder; may be repeated
  --top NUMBER      how many neighbours of a kind (default: 8)
  --tensors         list every tensor of a file of weights
  --threads NUMBER  threads to compute with (default: one for each core)
  --json            print JSON

Examples:
  deno task inspect "a gitar on a yellow background"
  deno task inspect out/image.png --among photos
  deno task inspect image
  deno task inspect plugins/image/weights/diffusion.safetensors
`;

/**
 * The command `inspect`: says what files, plugins and sentences hold.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param modalities The installed modalities.
 * @returns When it is printed.
 * @throws {UsageError} If the arguments are wrong.
 * @throws {Error} If a file cannot be read.
 */
export async function inspect(
  args: readonly string[],
  context: CommandContext,
  modalities: readonly AnyModality[],
): Promise<void> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  const { text, among, top, threads, tensors, json } = checkValues(SCHEMA, values);
  if (positionals.length + text.length === 0) {
    throw new UsageError("Cannot inspect nothing: name a file or a plugin, or write a sentence");
  }
  const readFile = fileReader(context.readInput);
  await using codi = await load(modalities, {
    session: { threads: threads ?? navigator.hardwareConcurrency },
  });
  let opened: Promise<Neighbourhood> | undefined;
  const neighbourhood = () => opened ??= openNeighbourhood(codi, { among, top, readFile, context });

  const describe = async (what: string): Promise<Description> => {
    context.signal.throwIfAborted();
    const plugin = modalities.find(({ name }) => name === what);
    if (what === STANDARD_STREAM || await isFile(what)) {
      let bytes: Uint8Array<ArrayBuffer>;
      try {
        bytes = await readFile(what);
      } catch (cause) {
        throw new Error(`Cannot inspect "${what}": ${messageOf(cause)}`, { cause });
      }
      return isWeights(bytes)
        ? describeWeights(what, bytes, tensors === true)
        : await describeFile(what, bytes, codi, neighbourhood);
    }
    if (plugin !== undefined) return await describePlugin(plugin);
    const missing = missingText(what, modalities.map(({ name }) => name));
    if (missing !== undefined) throw new Error(`Cannot inspect "${what}": ${missing}`);
    return await describeSentence(what);
  };
  const describeSentence = async (what: string): Promise<Description> => {
    const bridge = modalities.find(isWords);
    if (bridge === undefined || /^[^\s]*[/\\][^\s]*$|\.\w{2,11}$/.test(what)) {
      throw new Error(`Cannot inspect "${what}": it is no file`);
    }
    const sample = await bridge.codec.decode(new TextEncoder().encode(what));
    return await describePrompt(`"${what}"`, bridge.prompt(sample), codi, neighbourhood);
  };

  const descriptions: Description[] = [];
  for (const what of positionals) descriptions.push(await describe(what));
  for (const sentence of text) descriptions.push(await describeSentence(sentence));
  context.print(
    json
      ? `${JSON.stringify(descriptions.map(({ json }) => json), null, 2)}\n`
      : descriptions.map(descriptionText).join("\n"),
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return !(await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
