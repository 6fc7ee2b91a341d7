import {
  environmentAttention,
  environmentNetworks,
  globalEnvironment,
} from "@codi/core/environment";
import { add, gelu, silu, type Value } from "@codi/core/graph";
import type { EnvironmentNetworks } from "@codi/core/modality";
import { linear, normalizeLayer, type Scope, timeEmbedding } from "@codi/core/nn";
import type { SentenceConfig } from "./config.ts";
import { predict, textDiffusion } from "./diffusion.ts";

/** The hidden width of the encoder. */
const WIDTH = 192;
/** Its residual layers. */
const LAYERS = 3;
/** The width of the embedded timestep. */
const TIME_WIDTH = 64;

/**
 * What sentences say to, and hear of, the other outputs (CoDi, section 3.4): an encoder of fully
 * connected layers, and attention in the middle and on the way up of the diffusion network.
 *
 * @param config The sizes.
 * @returns The networks.
 */
export function textEnvironment(config: SentenceConfig): EnvironmentNetworks {
  return environmentNetworks({
    name: "text",
    latentShape: [config.latentChannels],
    network: textDiffusion(config).network,
    timed: false,
    guidance: 3,
    shift: 4,
    partners: ["image", "audio"],
    encode: encode,
    predict: (scope, inputs, memory) =>
      predict(scope, inputs, config, {
        after: (block, tokens) => environmentAttention(block.at("environment"), tokens, memory),
      }),
  });
}

/** V of noisy sentences. */
function encode(scope: Scope, z: Value, timestep: Value): { global: Value } {
  const time = silu(timeEmbedding(scope.at("time"), timestep, TIME_WIDTH));
  let h = linear(scope.at("stem"), z, WIDTH);
  for (let layer = 0; layer < LAYERS; layer++) {
    const at = scope.at("layer").at(layer);
    const moved = add(normalizeLayer(at.at("norm"), h), linear(at.at("time"), time, WIDTH));
    h = add(h, linear(at.at("out"), gelu(linear(at.at("in"), moved, WIDTH)), WIDTH));
  }
  return globalEnvironment(scope, silu(h));
}
