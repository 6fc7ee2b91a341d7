import type { Value } from "@codi/core/graph";
import {
  type DiffusionNetwork,
  type PredictionInputs,
  promptOrNone,
  velocityDiffusion,
} from "@codi/core/modality";
import { type Scope, unet, type UnetOptions } from "@codi/core/nn";
import { type ImageConfig, latentShape } from "./config.ts";

/**
 * The prediction of v for noisy latents (CoDi, section 3.3; v by Salimans and Ho, 2022).
 *
 * @param scope Names the parameters, among them `none`, which stands for no condition.
 * @param inputs Noisy latents, timesteps and conditions.
 * @param config The sizes.
 * @param options What is added to the UNet.
 * @returns The prediction, [batch, channels, side, side].
 */
export function predict(
  scope: Scope,
  inputs: PredictionInputs,
  config: ImageConfig,
  options: UnetOptions = {},
): Value {
  const { z, timestep } = inputs;
  return unet(scope, { z, timestep, ...promptOrNone(scope, inputs) }, config.unet, options);
}

/**
 * The image diffusion network (CoDi, section 3.3).
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function imageDiffusion(config: ImageConfig): DiffusionNetwork {
  return velocityDiffusion({
    name: "image UNet",
    latentShape: latentShape(config),
    guidance: 3,
    candidates: 4,
    sideBySide: true,
    predict: (scope, inputs) => predict(scope, inputs, config),
  });
}
