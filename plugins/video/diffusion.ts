import { add, broadcastTo, mul, reshape, sub, type Value } from "@codi/core/graph";
import { type DiffusionNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { linear, type Scope, unet, type UnetOptions } from "@codi/core/nn";
import { FRAME_COUNT } from "./clip.ts";
import { latentShape, type VideoConfig } from "./config.ts";
import { temporalBlock } from "./temporal.ts";
import { framesOf } from "./vae.ts";

/** What the diffusion network reads. */
export interface PredictionInputs {
  /** Noisy latents, [batch, frames, channels, side, side]. */
  readonly z: Value;
  /** [batch]. */
  readonly timestep: Value;
  /** [batch, SPACE_WIDTH]. */
  readonly condition: Value;
  /** [batch], 1 where there is a condition; where 0, a learned one stands for none. */
  readonly present: Value;
}

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
  const { after = (_, map) => map } = options;
  const { z, timestep, condition, present } = inputs;
  const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation: 1 / Math.sqrt(SPACE_WIDTH) });
  const flag = reshape(present, [-1, 1]);
  const prompt = add(mul(condition, flag), mul(none, sub(1, flag)));
  const known = linear(scope.at("temporal"), prompt, config.temporal.conditionWidth);
  const prediction = unet(
    scope,
    { z: framesOf(z), timestep: forFrames(timestep), condition: forFrames(prompt) },
    config.unet,
    {
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
  return {
    network: {
      name: "video UNet",
      inputs: (batch) => ({
        z: { shape: [batch, ...latentShape(config)], dtype: "float32" },
        timestep: { shape: [batch], dtype: "float32" },
        condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
        present: { shape: [batch], dtype: "float32" },
      }),
      trace: (scope, { z, timestep, condition, present }) => ({
        prediction: predict(
          scope,
          { z: z!, timestep: timestep!, condition: condition!, present: present! },
          config,
        ),
      }),
    },
    prediction: "v",
    schedule: { name: "cosine", options: {} },
    guidance: 3,
  };
}
