import {
  environmentAttention,
  environmentNetworks,
  timedEnvironment,
} from "@codi/core/environment";
import { silu } from "@codi/core/graph";
import type { EnvironmentNetworks } from "@codi/core/modality";
import { linear, timeEmbedding } from "@codi/core/nn";
import { turned } from "./_blocks.ts";
import type { ScoreConfig } from "./config.ts";
import { diffusion, predict } from "./diffusion.ts";
import { SCORE_SLOTS } from "./roll.ts";
import { latentShape } from "./vae.ts";

/** The width of the encoder's slots, and of the embedded timestep. */
const WIDTH = 64;
/** A column of the latent is a slot. */
const SLOT_OF = Array.from({ length: SCORE_SLOTS }, (_, slot) => slot);

/**
 * What scores say to, and hear of, the other outputs (CoDi, section 3.4), slot by slot.
 *
 * @param config The sizes.
 * @returns The networks.
 */
export function environment(config: ScoreConfig): EnvironmentNetworks {
  return environmentNetworks({
    name: "score",
    latentShape: latentShape(config),
    network: diffusion(config).network,
    timed: true,
    guidance: 3,
    shift: 10,
    partners: ["audio", "text"],
    encode: (scope, z, timestep) => {
      const time = silu(timeEmbedding(scope.at("time"), timestep, WIDTH));
      return timedEnvironment(scope, linear(scope.at("stem"), turned(z), WIDTH), time);
    },
    predict: (scope, inputs, memory) =>
      predict(
        scope,
        inputs,
        config,
        (block, tokens) =>
          environmentAttention(block.at("environment"), tokens, memory, { slotOf: SLOT_OF }),
      ),
  });
}
