import { broadcastTo, reshape, type Value } from "@codi/core/graph";
import {
  type DiffusionNetwork,
  type PredictionInputs,
  promptOrNone,
  velocityDiffusion,
} from "@codi/core/modality";
import { linear, type Scope, unet, type UnetOptions } from "@codi/core/nn";
import { FRAME_COUNT } from "./clip.ts";
import { latentShape, type VideoConfig } from "./config.ts";
import { temporalBlock } from "./temporal.ts";
import { framesOf } from "./vae.ts";

/**
 * The prediction of v for noisy latents (CoDi, section 3.3; v by Salimans and Ho, 2022): a UNet of
 * pictures whose batch is the frames, with layers along time after every block but the first, where
 * there is little to compare yet.
 *
 * @param scope Names the parameters, those of the UNet of pictures as the image plugin does.
 * @param inputs Noisy latents, timesteps and conditions.
 * @param config The sizes.
 * @param options What is added to the UNet.
 * @returns The prediction, [batch, frames, channels, side, side].
 */
export function predict(
  scope: Scope,
  inputs: PredictionInputs,
  config: VideoConfig,
  options: UnetOptions = {},
): Value {
  const { after = (_, map) => map, ...others } = options;
  const { z, timestep } = inputs;
  const prompt = promptOrNone(scope, inputs);
  const known = linear(scope.at("temporal"), prompt.condition, config.temporal.conditionWidth);
  const prediction = unet(
    scope,
    {
      z: framesOf(z),
      timestep: forFrames(timestep),
      condition: forFrames(prompt.condition),
      ...(prompt.sideBySide && {
        sideBySide: {
          prompts: forFrames(prompt.sideBySide.prompts),
          logShares: forFrames(prompt.sideBySide.logShares),
        },
      }),
    },
    config.unet,
    {
      ...others,
      after: (block, map, place) => {
        const { part, level, index } = place;
        const isFirst = part === "down" && level === 0 && index === 0;
        const moved = isFirst
          ? map
          : temporalBlock(block.at("temporal"), map, known, config.temporal);
        return after(block, moved, place);
      },
    },
  );
  return reshape(prediction, z.shape);
}

/** What is one per clip, for each of its frames: [batch, ...] → [batch · frames, ...]. */
function forFrames(x: Value): Value {
  const [batch, ...rest] = x.shape as [number, ...number[]];
  return framesOf(broadcastTo(reshape(x, [batch, 1, ...rest]), [batch, FRAME_COUNT, ...rest]));
}

/**
 * The video diffusion network (CoDi, section 3.3).
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function videoDiffusion(config: VideoConfig): DiffusionNetwork {
  return velocityDiffusion({
    name: "video UNet",
    latentShape: latentShape(config),
    guidance: 3,
    candidates: 4,
    sideBySide: true,
    predict: (scope, inputs) => predict(scope, inputs, config),
  });
}
