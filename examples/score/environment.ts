import {
  environmentAttention,
  environmentInputs,
  environmentMemory,
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
  const { network } = diffusion(config);
  return {
    timed: true,
    guidance: 1.5,
    encoder: {
      name: "score environment encoder",
      inputs: (batch) => ({
        z: { shape: [batch, ...latentShape(config)], dtype: "float32" },
        timestep: { shape: [batch], dtype: "float32" },
      }),
      trace: (root, { z, timestep }) => {
        const scope = root.at("encoder");
        const time = silu(timeEmbedding(scope.at("time"), timestep!, WIDTH));
        return timedEnvironment(scope, linear(scope.at("stem"), turned(z!), WIDTH), time);
      },
    },
    joint: {
      name: "score diffusion with environment",
      inputs: (batch) => ({ ...network.inputs(batch), ...environmentInputs(batch) }),
      trace: (scope, { z, timestep, condition, present, global, slots, heard }) => {
        const memory = environmentMemory(scope.at("environment"), {
          global: global!,
          slots: slots!,
          heard: heard!,
        });
        const prediction = predict(
          scope,
          { z: z!, timestep: timestep!, condition: condition!, present: present! },
          config,
          (block, tokens) =>
            environmentAttention(block.at("environment"), tokens, memory, { slotOf: SLOT_OF }),
        );
        return { prediction };
      },
    },
  };
}
