import { add, silu } from "@codi/core/graph";
import { type DiffusionNetwork, promptOrNone, velocityDiffusion } from "@codi/core/modality";
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
  return velocityDiffusion({
    name: "template diffusion",
    latentShape: [latentWidth],
    guidance: 2,
    predict: (scope, inputs) => {
      const time = timeEmbedding(scope.at("time"), inputs.timestep, width);
      const prompt = linear(scope.at("prompt"), promptOrNone(scope, inputs), width);
      const h = linear(scope.at("in"), inputs.z, width);
      const out = residualBlocks(scope.at("blocks"), h, blocks, silu(add(time, prompt)));
      return linear(scope.at("out"), out, latentWidth, { init: "zeros" });
    },
  });
}
