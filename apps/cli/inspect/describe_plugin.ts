import { type AnyModality, type Network, type PartName, weightShapes } from "@codi/core/modality";
import { decodeSafetensors, loadBytes } from "@codi/core/weights";
import { alternatives } from "../command_line.ts";
import { countText, type Description, sizeText } from "./description.ts";

/**
 * Describes a plugin.
 *
 * @param modality What it brings.
 * @returns Its files, networks and weights.
 */
export async function describePlugin(modality: AnyModality): Promise<Description> {
  const {
    name,
    version,
    space,
    bridge,
    codec,
    promptEncoder,
    autoencoder,
    diffusion,
    environment,
  } = modality;
  const networks: [string, Network][] = [
    ["prompt encoder", promptEncoder.network],
    ...(autoencoder === undefined
      ? []
      : [["encoder", autoencoder.encoder], ["decoder", autoencoder.decoder]] as const),
    ...(autoencoder?.renderer === undefined ? [] : [["renderer", autoencoder.renderer] as const]),
    ...(diffusion === undefined ? [] : [["diffusion", diffusion.network] as const]),
    ...(environment === undefined ? [] : [["environment", environment.encoder] as const]),
  ].map(([label, network]) => [label as string, network as Network]);
  const sizes = networks.map(([label, network]) => {
    const shapes = Object.values(weightShapes(network));
    const parameters = shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const inputs = Object.entries(network.inputs(1))
      .map(([input, { shape }]) => `${input} [${["batch", ...shape.slice(1)].join(", ")}]`);
    return { label, parameters, inputs };
  });
  const weights = await Promise.all(
    (Object.entries(modality.weights) as [PartName, URL][]).map(weightsOf),
  );
  const formats = Object.keys(codec.formats ?? {});
  return {
    title: `${name} ${version}: a plugin, ${
      autoencoder && diffusion ? "for prompts and outputs" : "for prompts only"
    }`,
    rows: [
      ["space", bridge ? `${space}; the others are aligned to it` : space],
      ["reads", codec.reads.join(", ")],
      ["writes", formats.length > 0 ? alternatives(formats) : codec.writes],
      ...(autoencoder === undefined
        ? []
        : [["latent", `[${autoencoder.latentShape.join(", ")}]`] as const]),
      ...(diffusion === undefined ? [] : [
        [
          "diffusion",
          `predicts ${diffusion.prediction}, ${diffusion.schedule.name} schedule, guidance ${diffusion.guidance}${
            triesText(diffusion.candidates)
          }`,
        ] as const,
      ]),
      [
        "networks",
        ...sizes.map(({ label, parameters, inputs }) =>
          `${label}: ${countText(parameters)} parameters, reads ${inputs.join(", ")}`
        ),
      ],
      ["weights", ...weights.map(({ text }) => text)],
    ],
    json: {
      kind: "plugin",
      name,
      version,
      space,
      bridge,
      reads: codec.reads,
      writes: codec.writes,
      formats,
      latent: autoencoder?.latentShape ?? null,
      prediction: diffusion?.prediction ?? null,
      schedule: diffusion?.schedule.name ?? null,
      guidance: diffusion?.guidance ?? null,
      candidates: diffusion === undefined ? null : diffusion.candidates ?? 1,
      networks: sizes,
      weights: weights.map(({ text: _, ...facts }) => facts),
    },
  };
}

function triesText(candidates = 1): string {
  return candidates > 1 ? `, ${candidates} candidates` : "";
}

interface WeightsFacts {
  readonly part: string;
  readonly url: string;
  readonly bytes: number | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly text: string;
}

async function weightsOf([part, url]: [PartName, URL]): Promise<WeightsFacts> {
  const facts = { part, url: url.href };
  try {
    const bytes = await loadBytes(url);
    const [size, { metadata }] = [bytes.length, decodeSafetensors(bytes)];
    const { objective = "an unknown objective", steps = "?" } = metadata;
    const text = `${part}: ${sizeText(size)}, ${steps} steps of "${objective}"`;
    return { ...facts, bytes: size, metadata, text };
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    const text = `${part}: ${missing ? "not trained" : "cannot be read"}`;
    return { ...facts, bytes: null, metadata: null, text };
  }
}
