/**
 * The training objectives of the modality "template".
 *
 * @module
 */
import type { AnyModality } from "@codi/core/modality";
import {
  alignObjective,
  autoencodeObjective,
  denoiseObjective,
  joinObjective,
  type Objective,
} from "@codi/core/training";
import { TEMPLATE_CONFIG, type TemplateConfig } from "./config.ts";
import { embed } from "./prompt_encoder.ts";
import { createTemplate } from "./template.ts";
import { autoencoder, autoencoderLoss } from "./vae.ts";

export { TEMPLATE_CONFIG, type TemplateConfig };

/**
 * What it takes to train the modality by itself, in order; `deno task train` asks for it.
 *
 * @param bridge The modality of the captions.
 * @param config The sizes of the networks.
 * @returns Its objectives: autoencode, align and denoise.
 */
export function objectives(
  bridge: AnyModality,
  config: TemplateConfig = TEMPLATE_CONFIG,
): Objective[] {
  const modality = createTemplate(config, {});
  return [
    autoencodeObjective({
      modality: modality.name,
      autoencoder: autoencoder(config),
      loss: (scope, { values }, noise) => autoencoderLoss(scope, values!, noise, config),
      batch: 32,
      options: { steps: 2000, learningRate: 2e-3 },
    }),
    alignObjective({
      modality,
      bridge,
      embed: (scope, { values }) => embed(scope, values!, config),
      batch: 32,
      options: { steps: 1000, learningRate: 1e-3 },
    }),
    denoiseObjective({
      modality,
      bridge,
      batch: 64,
      scenes: { train: 8192, test: 256 },
      options: { steps: 2000, learningRate: 1e-3, warmup: 100, averageDecay: 0.999 },
    }),
  ];
}

/** The modalities that samples are made with: those that the data has beside them. */
const PARTNERS = ["text"];

/**
 * Joint training with the partners, as `deno task train` asks for it: samples learn to hear and be heard,
 * while the environments of the others stay as they are.
 *
 * @param modalities The installed modalities.
 * @param config The sizes of the networks.
 * @returns The objective `join template`; undefined if no partner or no bridge is installed.
 */
export function join(
  modalities: readonly AnyModality[],
  config: TemplateConfig = TEMPLATE_CONFIG,
): Objective | undefined {
  const own = createTemplate(config, {});
  const others = modalities.filter(({ name }) => name !== own.name);
  const partners = PARTNERS.filter((partner) =>
    others.some(({ name, environment }) => name === partner && environment !== undefined)
  );
  if (partners.length === 0 || !others.some(({ bridge }) => bridge)) return undefined;
  const scenes = [own.name, ...partners].map((name) => [name, 8192] as const);
  return joinObjective({
    name: `join ${own.name}`,
    modalities: [own, ...others],
    edges: partners.map((partner) => ({ listener: own.name, partner, batch: 64 })),
    trains: [own.name],
    alignment: { steps: 300, batch: 64 },
    scenes: { train: Object.fromEntries(scenes), test: 64 },
    options: { steps: 1500, learningRate: 1e-3, warmup: 100, averageDecay: 0.998 },
  });
}
