import type { Codi } from "@codi/core/generation";
import type { Prompt } from "@codi/core/modality";
import { loadWeights } from "@codi/core/weights";
import { join } from "@std/path";
import type { CommandContext } from "../command.ts";
import { isWords } from "../generate/options.ts";
import type { ReadFile } from "../generate/read_prompt.ts";
import { messageOf } from "../message.ts";
import { progressLine } from "../progress_line.ts";

/** Captions of the training data that prompts are compared with. */
const CAPTIONS = 256;

/** Something near a prompt. */
export interface Neighbour {
  /** The word, the caption, or the file's path. */
  readonly what: string;
  /** The cosine between the two in the shared space, in [−1, 1]. */
  readonly cosine: number;
}

/** What prompts are compared with. */
export interface Neighbourhood {
  /**
   * Finds what lies near a prompt.
   *
   * @param prompt The prompt.
   * @returns The nearest of each kind, the nearest first.
   */
  of(prompt: Prompt): Promise<Readonly<Record<string, readonly Neighbour[]>>>;
}

/** Options of {@linkcode openNeighbourhood}. */
export interface NeighbourhoodOptions {
  /** Files and folders. */
  readonly among: readonly string[];
  /** How many of each kind. */
  readonly top: number;
  /** Reads files. */
  readonly readFile: ReadFile;
  /** The terminal. */
  readonly context: CommandContext;
}

/**
 * Embeds what prompts can be compared with: the words that the bridge has learned, captions it was
 * trained on, and given files.
 *
 * @param codi The modalities.
 * @param options The files, and how many neighbours to give.
 * @returns What finds neighbours.
 * @throws {Error} If a file or folder cannot be read.
 */
export async function openNeighbourhood(
  codi: Codi,
  { among, top, readFile, context }: NeighbourhoodOptions,
): Promise<Neighbourhood> {
  const kinds: Record<string, { what: string; prompt: Prompt }[]> = {};
  const bridge = codi.modalities.find((modality) => modality.bridge && isWords(modality));
  if (bridge?.weights.promptEncoder !== undefined) {
    const { metadata } = await loadWeights(bridge.weights.promptEncoder);
    const words = (metadata["vocabulary"] ?? "").split(" ").filter((word) => word !== "");
    const captions = metadata["dataset"] === "band" ? await bandCaptions() : [];
    const said = (what: string) => ({ what, prompt: bridge.prompt(what) });
    kinds["words"] = words.map(said);
    kinds["captions"] = [...new Set(captions)].map(said);
  }
  if (among.length > 0) kinds["files"] = await filePrompts(codi, among, readFile);

  using progress = progressLine({ ...context, label: "embedding", columns: context.columns });
  const total = Object.values(kinds).reduce((sum, items) => sum + items.length, 0);
  let done = 0;
  const embedded: Record<string, { what: string; embedding: Float32Array }[]> = {};
  for (const [kind, items] of Object.entries(kinds)) {
    embedded[kind] = [];
    for (const { what, prompt } of items) {
      context.signal.throwIfAborted();
      embedded[kind].push({ what, embedding: await codi.embed(prompt) });
      progress.show(++done, total);
    }
  }
  return {
    of: async (prompt) => {
      const own = await codi.embed(prompt);
      return Object.fromEntries(
        Object.entries(embedded).map(([kind, items]) => [
          kind,
          items.map(({ what, embedding }) => ({ what, cosine: cosine(own, embedding) }))
            .sort((a, b) => b.cosine - a.cosine).slice(0, top),
        ]),
      );
    },
  };
}

/** Both have length 1. */
function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

/** Captions of training scenes; none where the data set is not installed. */
async function bandCaptions(): Promise<string[]> {
  try {
    const { caption, scene } = await import("@codi/band");
    return Array.from({ length: CAPTIONS }, (_, index) => caption(scene("train", index)));
  } catch {
    return [];
  }
}

/** The files that some modality reads as prompts; of folders, what none reads is passed over. */
async function filePrompts(
  codi: Codi,
  among: readonly string[],
  readFile: ReadFile,
): Promise<{ what: string; prompt: Prompt }[]> {
  const prompts: { what: string; prompt: Prompt }[] = [];
  for (const path of among) {
    const names: string[] = [];
    try {
      for await (const { name, isFile } of Deno.readDir(path)) if (isFile) names.push(name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new Error(`Cannot compare with "${path}": it does not exist`, { cause: error });
      }
    }
    for (const file of names.length === 0 ? [path] : names.sort().map((name) => join(path, name))) {
      let reason = "no plugin reads it";
      try {
        const prompt = await promptOf(codi, await readFile(file));
        if (prompt !== undefined) {
          prompts.push({ what: file, prompt });
          continue;
        }
      } catch (error) {
        reason = messageOf(error);
      }
      if (names.length === 0) throw new Error(`Cannot compare with "${file}": ${reason}`);
    }
  }
  return prompts;
}

/**
 * A file as a prompt of the modality that reads it; of several, the one whose sample holds most, as a
 * clip with sound is a sound, too.
 *
 * @param codi The modalities.
 * @param bytes The file.
 * @param options Whether it may be words; nearly any bytes without a zero are.
 * @returns The prompt, or undefined if none does.
 */
export async function promptOf(
  codi: Codi,
  bytes: Uint8Array<ArrayBuffer>,
  { words = true }: { readonly words?: boolean } = {},
): Promise<Prompt | undefined> {
  let best: { prompt: Prompt; size: number } | undefined;
  for (const modality of codi.modalities) {
    if (isWords(modality) && (!words || bytes.subarray(0, 4096).includes(0))) continue;
    try {
      const sample = await modality.codec.decode(bytes);
      const size = sizeOf(sample);
      if (size > (best?.size ?? -1)) best = { prompt: modality.prompt(sample), size };
    } catch {
      continue;
    }
  }
  return best?.prompt;
}

/** How many numbers a sample holds; words are what nothing else is. */
function sizeOf(sample: unknown): number {
  if (typeof sample !== "object" || sample === null) return 0;
  const { data, shape } = sample as { data?: { length?: number }; shape?: readonly number[] };
  return data?.length ?? shape?.reduce((a, b) => a * b, 1) ?? 1;
}
