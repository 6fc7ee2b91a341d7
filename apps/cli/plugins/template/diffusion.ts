import { add, mul, reshape, silu, sub } from "@codi/core/graph";
import { type DiffusionNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { linear, timeEmbedding } from "@codi/core/nn";
import { residualBlocks } from "./_blocks.ts";
import type { TemplateConfig } from "./config.ts";

/**
 * The diffusion network: v from noisy latents (CoDi, section 3.3; v by Salimans and Ho, 2022).
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function diffusion(config: TemplateConfig): DiffusionNetwork {
  const { latentWidth, width, blocks } = config;
  return {
    network: {
      name: "template diffusion",
      inputs: (batch) => ({
        z: { shape: [batch, latentWidth], dtype: "float32" },
        timestep: { shape: [batch], dtype: "float32" },
        condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
        present: { shape: [batch], dtype: "float32" },
      }),
      trace: (scope, { z, timestep, condition, present }) => {
        // Where there is no condition, a learned one stands for none.
        const deviation = 1 / Math.sqrt(SPACE_WIDTH);
        const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation });
        const flag = reshape(present!, [-1, 1]);
        const prompt = add(mul(condition!, flag), mul(none, sub(1, flag)));
        const time = timeEmbedding(scope.at("time"), timestep!, width);
        const vector = silu(add(time, linear(scope.at("prompt"), prompt, width)));
        const h = linear(scope.at("in"), z!, width);
        const out = residualBlocks(scope.at("blocks"), h, blocks, vector);
        return { prediction: linear(scope.at("out"), out, latentWidth, { init: "zeros" }) };
      },
    },
    prediction: "v",
    schedule: { name: "cosine", options: {} },
    guidance: 2,
  };
}
