import {
  environmentNetworks,
  SLOTS,
  timedEnvironment,
  unetEnvironment,
} from "@codi/core/environment";
import { pixelUnshuffle, reshape, silu, transpose, type Value } from "@codi/core/graph";
import type { EnvironmentNetworks } from "@codi/core/modality";
import { conv, linear, residualBlock, type Scope, timeEmbedding } from "@codi/core/nn";
import { type AudioConfig, latentShape } from "./config.ts";
import { audioDiffusion, predict } from "./diffusion.ts";

/** Channels of the encoder's maps. */
const WIDTH = 48;
/** The width of its slots while they look at each other. */
const SLOT_WIDTH = 96;
/** The width of the embedded timestep. */
const TIME_WIDTH = 64;

/**
 * What sounds say to, and hear of, the other outputs (CoDi, section 3.4). A column of the latent, two
 * wide, is one slot: the encoder looks at a slot's frequencies, then at all slots.
 *
 * @param config The sizes.
 * @returns The networks.
 */
export function audioEnvironment(config: AudioConfig): EnvironmentNetworks {
  return environmentNetworks({
    name: "audio",
    latentShape: latentShape(config),
    network: audioDiffusion(config).network,
    timed: true,
    guidance: 4,
    partners: ["text", "video"],
    encode: (scope, z, timestep) => encode(scope, z, timestep, config),
    predict: (scope, inputs, memory) =>
      predict(scope, inputs, config, unetEnvironment(memory, { slotOf: slotOfColumn })),
  });
}

/** The slot in the middle of a column. */
function slotOfColumn(column: number, columns: number): number {
  return Math.max(0, ((column + 0.5) * SLOTS) / columns - 0.5);
}

/** V of noisy sounds. */
function encode(
  scope: Scope,
  z: Value,
  timestep: Value,
  config: AudioConfig,
): { global: Value; slots: Value } {
  const [, , frames] = latentShape(config);
  const time = silu(timeEmbedding(scope.at("time"), timestep, TIME_WIDTH));
  let h = conv(scope.at("stem"), pixelUnshuffle(z, frames / SLOTS), WIDTH);
  h = residualBlock(scope.at("first"), h, WIDTH, time);
  h = silu(residualBlock(scope.at("second"), h, WIDTH, time)); // [batch, channels, rows, SLOTS]
  const columns = reshape(transpose(h, [0, 3, 1, 2]), [h.shape[0]!, SLOTS, -1]);
  return timedEnvironment(scope, linear(scope.at("column"), columns, SLOT_WIDTH), time);
}
