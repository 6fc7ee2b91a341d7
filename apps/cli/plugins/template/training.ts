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
  type Objective,
} from "@codi/core/training";
import { TEMPLATE_CONFIG, type TemplateConfig } from "./config.ts";
import { embed } from "./prompt_encoder.ts";
import { createTemplate } from "./template.ts";
import { autoencoder, autoencoderLoss } from "./vae.ts";

export { TEMPLATE_CONFIG, type TemplateConfig };

/**
 * What it takes to train the modality, in order; `deno task train` asks for it.
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
