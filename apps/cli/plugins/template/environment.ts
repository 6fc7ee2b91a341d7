import {
  environmentAttention,
  environmentNetworks,
  globalEnvironment,
} from "@codi/core/environment";
import { reshape, silu } from "@codi/core/graph";
import type { EnvironmentNetworks } from "@codi/core/modality";
import { linear, timeEmbedding } from "@codi/core/nn";
import { residualBlocks } from "./_blocks.ts";
import type { TemplateConfig } from "./config.ts";
import { diffusion, predict } from "./diffusion.ts";

/** The hidden width of the encoder, and of the embedded timestep. */
const WIDTH = 64;
/** The encoder's residual blocks. */
const BLOCKS = 2;

/**
 * What samples say to, and hear of, the other outputs (CoDi, section 3.4): an encoder of noisy latents,
 * and attention after every block of the diffusion network.
 *
 * @param config The sizes.
 * @returns The networks.
 */
export function environment(config: TemplateConfig): EnvironmentNetworks {
  return environmentNetworks({
    name: "template",
    latentShape: [config.latentWidth],
    network: diffusion(config).network,
    // A modality in time says `true`, and ends its encoder with `timedEnvironment`.
    timed: false,
    guidance: 2,
    encode: (scope, z, timestep) => {
      const time = silu(timeEmbedding(scope.at("time"), timestep, WIDTH));
      const h = linear(scope.at("in"), z, WIDTH);
      return globalEnvironment(scope, silu(residualBlocks(scope.at("blocks"), h, BLOCKS, time)));
    },
    predict: (scope, inputs, memory) =>
      predict(scope, inputs, config, (block, x) => {
        const tokens = reshape(x, [x.shape[0]!, 1, -1]); // [batch, 1, width]
        const heard = environmentAttention(block.at("environment"), tokens, memory);
        return reshape(heard, x.shape);
      }),
  });
}
