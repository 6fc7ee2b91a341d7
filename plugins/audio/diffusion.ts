import { add, mul, reshape, sub } from "@codi/core/graph";
import { type DiffusionNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { unet } from "@codi/core/nn";
import { type AudioConfig, latentShape } from "./config.ts";

/**
 * The audio diffusion network (CoDi, section 3.3): v-prediction (Salimans and Ho, 2022) by a UNet that
 * knows frequency and time of every place. A learned condition stands for none.
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function audioDiffusion(config: AudioConfig): DiffusionNetwork {
  return {
    network: {
      name: "audio UNet",
      inputs: (batch) => ({
        z: { shape: [batch, ...latentShape(config)], dtype: "float32" },
        timestep: { shape: [batch], dtype: "float32" },
        condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
        present: { shape: [batch], dtype: "float32" },
      }),
      trace: (scope, { z, timestep, condition, present }) => {
        const deviation = 1 / Math.sqrt(SPACE_WIDTH);
        const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation });
        const flag = reshape(present!, [-1, 1]);
        const prompt = add(mul(condition!, flag), mul(none, sub(1, flag)));
        return {
          prediction: unet(
            scope,
            { z: z!, timestep: timestep!, condition: prompt },
            config.unet,
          ),
        };
      },
    },
    prediction: "v",
    schedule: { name: "cosine", options: {} },
    guidance: 3,
  };
}
