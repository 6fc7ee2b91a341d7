import { environmentNetworks, globalEnvironment, unetEnvironment } from "@codi/core/environment";
import { pixelUnshuffle, reshape, silu, type Value } from "@codi/core/graph";
import type { EnvironmentNetworks } from "@codi/core/modality";
import { conv, residualBlock, type Scope, timeEmbedding } from "@codi/core/nn";
import { type ImageConfig, latentShape } from "./config.ts";
import { imageDiffusion, predict } from "./diffusion.ts";

/** Channels of the encoder at its two resolutions. */
const WIDTHS = [40, 48] as const;
/** The width of the embedded timestep. */
const TIME_WIDTH = 64;
/** The hidden width of the layers that follow environment attention. */
const HIDDEN = 64;

/**
 * What pictures say to, and hear of, the other outputs (CoDi, section 3.4): a small convolutional
 * encoder of noisy latents, and attention in the middle and on the way up of the UNet.
 *
 * @param config The sizes.
 * @returns The networks.
 */
export function imageEnvironment(config: ImageConfig): EnvironmentNetworks {
  const { depth } = config.unet;
  return environmentNetworks({
    name: "image",
    latentShape: latentShape(config),
    network: imageDiffusion(config).network,
    timed: false,
    guidance: 3,
    shift: 6,
    partners: ["text", "video"],
    encode: (scope, z, timestep) => encode(scope, z, timestep, config),
    predict: (scope, inputs, memory) =>
      predict(
        scope,
        inputs,
        config,
        unetEnvironment(memory, {
          at: ({ part, level, index }) =>
            part === "middle" || (part === "up" && (level === 0 || index === depth - 1)),
          hidden: HIDDEN,
          pooled: true,
        }),
      ),
  });
}

/** V of noisy pictures: two resolutions, then all places together. */
function encode(
  scope: Scope,
  z: Value,
  timestep: Value,
  { unet: { patch } }: ImageConfig,
): { global: Value } {
  const time = silu(timeEmbedding(scope.at("time"), timestep, TIME_WIDTH));
  let h = conv(scope.at("stem"), patch > 1 ? pixelUnshuffle(z, patch) : z, WIDTHS[0]);
  h = residualBlock(scope.at("fine"), h, WIDTHS[0], time);
  h = conv(scope.at("sample"), pixelUnshuffle(h, 2), WIDTHS[1], { kernel: 1 });
  h = silu(residualBlock(scope.at("coarse"), h, WIDTHS[1], time));
  return globalEnvironment(scope, reshape(h, [h.shape[0]!, -1]));
}
