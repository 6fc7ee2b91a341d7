import type { AnyModality } from "@codi/core/modality";
import { fileExists } from "@codi/core/weights";
import { fromFileUrl } from "@std/path";
import type { CommandContext } from "../command.ts";
import { messageOf } from "../message.ts";
import { loadPlugin } from "../plugins/load_plugins.ts";

/** Modalities in a checkout that have a part in the evaluation, and are no plugin of the program. */
const EXAMPLES: Readonly<Record<string, string>> = { score: "../../../examples/score/mod.ts" };

/**
 * The modalities of the examples, as far as they are beside the program and not installed. Of one that
 * fails, the reason is told.
 *
 * @param installed The installed modalities.
 * @param context Who is told.
 * @param base The address that the examples are relative to.
 * @returns The others.
 */
export async function exampleModalities(
  installed: readonly AnyModality[],
  { report }: Pick<CommandContext, "report">,
  base: string = import.meta.url,
): Promise<AnyModality[]> {
  const found: AnyModality[] = [];
  for (const [name, path] of Object.entries(EXAMPLES)) {
    const url = new URL(path, base);
    if (installed.some((modality) => modality.name === name)) continue;
    // A program from a registry has no examples beside it.
    if (url.protocol !== "file:" || !await fileExists(url)) continue;
    try {
      found.push(await loadPlugin(fromFileUrl(url)));
    } catch (error) {
      report(`Note: Cannot load the example "${fromFileUrl(url)}": ${messageOf(error)}\n`);
    }
  }
  return found;
}
