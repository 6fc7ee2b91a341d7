/** What the tests of the command line share: small networks with random weights, and a context. */

import { captionWords } from "@codi/band";
import { type AnyModality, type Network, type PartName, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { writeWeights } from "@codi/core/weights";
import { createImage } from "@codi/image";
import type { ImageConfig } from "@codi/image/training";
import { createText } from "@codi/text";
import type { TextConfig } from "@codi/text/training";
import { join, toFileUrl } from "@std/path";
import type { Command, CommandContext } from "./command.ts";
import { runCommand } from "./run_command.ts";

/** Small text networks. */
export const textConfig: TextConfig = { wordWidth: 16, width: 16, blocks: 1 };
/** Small image networks. */
export const imageConfig: ImageConfig = {
  latentSide: 8,
  latentChannels: 4,
  autoencoder: { width: 16, encoderBlocks: 1, decoderBlocks: 1, fineWidth: 8 },
  promptWidths: [8, 16, 16],
  unet: {
    widths: [16],
    attention: [true],
    depth: 1,
    patch: 1,
    heads: 2,
    timeWidth: 16,
    contextTokens: 2,
    contextWidth: 16,
  },
};

/** A folder for one test, removed at its end. */
export interface TestFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
}

/** Makes a folder for one test. */
export async function testFolder(): Promise<TestFolder> {
  const path = await Deno.makeTempDir({ prefix: "codi-cli-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Text and image, small and with random weights that are kept in a folder. */
export async function randomModalities(folder: string): Promise<AnyModality[]> {
  const url = (name: string) => toFileUrl(join(folder, `${name}.safetensors`));
  const text = createText(textConfig, { promptEncoder: url("text.promptEncoder") });
  const image = createImage(imageConfig, {
    promptEncoder: url("image.promptEncoder"),
    autoencoder: url("image.autoencoder"),
    diffusion: url("image.diffusion"),
  });
  const vocabulary = captionWords().join(" ");
  const write = async (modality: AnyModality, part: PartName, networks: readonly Network[]) => {
    const scope = new Scope();
    for (const network of networks) traceNetwork(network, scope, 1);
    // Drawn weights of zero would let prompts and noise go nowhere.
    const weights = scope.initialWeights(1);
    for (const [name, { data }] of Object.entries(weights)) {
      if (data.every((value) => value === 0) && !name.startsWith("latent.")) {
        data.forEach((_, i) => data[i] = 0.1 * Math.sin(i + name.length));
      }
    }
    const path = join(folder, `${modality.name}.${part}.safetensors`);
    await writeWeights(path, weights, { metadata: { space: modality.space, vocabulary } });
  };
  await write(text, "promptEncoder", [text.promptEncoder.network]);
  await write(image, "promptEncoder", [image.promptEncoder.network]);
  const { encoder, decoder } = image.autoencoder!;
  await write(image, "autoencoder", [encoder, decoder]);
  await write(image, "diffusion", [image.diffusion!.network]);
  return [text, image];
}

/** A context that keeps what is written. */
export interface TestContext extends CommandContext {
  /** All that went to standard output. */
  readonly printed: () => string;
  /** All that went to standard error. */
  readonly reported: () => string;
}

/** Makes a context; its clock stands still. */
export function testContext(changes: Partial<CommandContext> = {}): TestContext {
  let printed = "";
  let reported = "";
  return {
    print: (text) => void (printed += text),
    write: (bytes) => void (printed += new TextDecoder("latin1").decode(bytes)),
    printsToTerminal: false,
    readInput: () => Promise.resolve(new Uint8Array()),
    openFile: () => Promise.resolve(),
    report: (text) => void (reported += text),
    now: () => 0,
    peakMemory: () => 0,
    drawSeed: () => 42,
    signal: new AbortController().signal,
    ...changes,
    printed: () => printed,
    reported: () => reported,
  };
}

/** What a command said, and how it ended. */
export interface Ran {
  /** The exit code. */
  readonly code: number;
  /** All that went to standard output. */
  readonly printed: string;
  /** All that went to standard error. */
  readonly reported: string;
}

/** A command that runs and says nothing of itself. */
export function bareCommand(run: Command["run"]): Command {
  return { summary: "", help: () => "", run };
}

/** Runs one of some commands as the command line does: its name, then its arguments. */
export async function runOne(
  commands: Readonly<Record<string, Command["run"]>>,
  args: readonly string[],
  changes: Partial<CommandContext> = {},
): Promise<Ran> {
  const context = testContext(changes);
  const bare = Object.entries(commands).map(([name, run]) => [name, bareCommand(run)]);
  const code = await runCommand(args, Object.fromEntries(bare), context);
  return { code, printed: context.printed(), reported: context.reported() };
}

/** The names in a folder, sorted; empty if there is none. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
