import { exportOnnx } from "@codi/core/graph";
import {
  type AnyModality,
  findModality,
  type Network,
  type PartName,
  traceNetwork,
  weightShapes,
} from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { matchWeights, readWeights, type Safetensors } from "@codi/core/weights";
import { z } from "zod";
import { type CommandContext, UsageError } from "../command.ts";
import {
  alternatives,
  checkValues,
  type OptionSpec,
  parseArguments,
  whole,
} from "../command_line.ts";
import { installedPath } from "../installed_path.ts";
import { reasonOf } from "../message.ts";
import { openOutputFolder } from "../output_folder.ts";
import { missingText } from "../plugins/missing_text.ts";

/** The networks of a modality, with the parts that hold their weights. */
const NETWORKS = [
  "prompt-encoder",
  "encoder",
  "decoder",
  "renderer",
  "diffusion",
  "environment",
] as const;

type NetworkName = typeof NETWORKS[number];

const SCHEMA = z.object({
  out: z.string().min(1, { error: "it is a folder" }).default("onnx"),
  batch: whole(1, 1024).default(1),
  weights: z.string().min(1, { error: "it is a file" }).optional(),
});

/** Options of `export`. */
export const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  out: { type: "string" },
  batch: { type: "string" },
  weights: { type: "string" },
};

/** How `export` is called. */
export const EXPORT_HELP = `Usage: deno task export MODALITY [NETWORK…] [OPTION…]

Saves trained networks for other runtimes: plain ONNX files of operator set 21 with the weights in
them. Beside each stands a manifest, a JSON file with the names and shapes of its inputs, outputs and
weights, and how it was trained. Shapes are static, the batch included.

Networks: ${NETWORKS.join(", ")} (default: all that are trained)

Options:
  --out FOLDER      where the files go (default: onnx)
  --batch NUMBER    how many samples a run takes (default: 1)
  --weights FILE    take the weights of this file, for one network

Examples:
  deno task export image
  deno task export text prompt-encoder --batch 8 --out models
  deno task export image diffusion --weights runs/mine/image.diffusion.safetensors
`;

/**
 * The command `export`: saves networks as ONNX files.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param modalities The installed modalities.
 * @returns When the files are written.
 * @throws {UsageError} If the arguments are wrong.
 * @throws {Error} If weights are missing or do not fit, or the folder takes no files.
 */
export async function exportNetworks(
  args: readonly string[],
  context: CommandContext,
  modalities: readonly AnyModality[],
): Promise<void> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  const { out, batch, weights } = checkValues(SCHEMA, values);
  const [name, ...chosen] = positionals;
  const known = modalities.map((modality) => modality.name);
  if (name === undefined || !known.includes(name)) {
    const reason = name === undefined ? undefined : missingText(name, known);
    throw new UsageError(
      `Cannot export "${name ?? ""}": ${reason ?? `modalities are ${alternatives(known)}`}`,
    );
  }
  const modality = findModality(modalities, name);
  const networks = networksOf(modality);
  for (const network of chosen) {
    if (!networks.some((other) => other.name === network)) {
      throw new UsageError(
        `Cannot export "${network}" of "${name}": its networks are ${
          alternatives(networks.map((other) => other.name))
        }`,
      );
    }
  }
  if (weights !== undefined && chosen.length !== 1) {
    throw new UsageError(`Cannot use --weights "${weights}" without one network to export`);
  }
  await using folder = await openOutputFolder(out);
  for (const { name: network, part, network: traced } of networks) {
    if (chosen.length > 0 && !chosen.includes(network)) continue;
    context.signal.throwIfAborted();
    const path = weights ?? installedPath(modalities, `${name}/${part}`);
    const file = await weightsOf(path, chosen.length > 0);
    if (file === undefined) {
      context.report(`Left out "${network}": it is not trained\n`);
      continue;
    }
    const { model, manifest } = onnxOf(traced, file, batch, path);
    const base = `${name}.${network}`;
    const facts = {
      modality: name,
      network,
      version: modality.version,
      space: modality.space,
      batch,
      trained: Object.fromEntries(
        Object.entries(file.metadata).filter(([key]) => key !== "vocabulary"),
      ),
      ...(network === "diffusion" && modality.diffusion !== undefined
        ? { prediction: modality.diffusion.prediction, schedule: modality.diffusion.schedule }
        : {}),
      ...manifest,
    };
    context.print(`${await folder.write(`${base}.onnx`, model)}\n`);
    const json = new TextEncoder().encode(`${JSON.stringify(facts, null, 2)}\n`);
    context.print(`${await folder.write(`${base}.json`, json)}\n`);
  }
}

function networksOf(
  { promptEncoder, autoencoder, diffusion, environment, weights }: AnyModality,
): { readonly name: NetworkName; readonly part: PartName; readonly network: Network }[] {
  const all: Record<NetworkName, readonly [PartName, Network | undefined]> = {
    "prompt-encoder": ["promptEncoder", promptEncoder.network],
    encoder: ["autoencoder", autoencoder?.encoder],
    decoder: ["autoencoder", autoencoder?.decoder],
    renderer: ["renderer", autoencoder?.renderer],
    diffusion: ["diffusion", diffusion?.network],
    environment: ["environment", environment?.encoder],
  };
  return NETWORKS.flatMap((name) => {
    const [part, network] = all[name];
    return network === undefined || weights[part] === undefined ? [] : [{ name, part, network }];
  });
}

/** The weights of a file; undefined if it is missing and need not be there. */
async function weightsOf(path: string, required: boolean): Promise<Safetensors | undefined> {
  try {
    return await readWeights(path);
  } catch (cause) {
    if (!required && cause instanceof Deno.errors.NotFound) return undefined;
    throw new Error(`Cannot export from "${path}": ${reasonOf(cause)}`, { cause });
  }
}

function onnxOf(
  network: Network,
  { tensors }: Safetensors,
  batch: number,
  path: string,
): ReturnType<typeof exportOnnx> {
  const shapes = weightShapes(network);
  const own = Object.fromEntries(
    Object.entries(tensors).filter(([name]) => Object.hasOwn(shapes, name)),
  );
  try {
    matchWeights(shapes, own);
  } catch (cause) {
    throw new Error(`Cannot export the ${network.name} from "${path}": ${reasonOf(cause)}`, {
      cause,
    });
  }
  return exportOnnx(traceNetwork(network, new Scope(), batch), own);
}
