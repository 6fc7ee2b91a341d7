import { environmentNetworks, timedEnvironment, unetEnvironment } from "@codi/core/environment";
import { broadcastTo, pixelUnshuffle, reshape, silu, type Value } from "@codi/core/graph";
import type { EnvironmentNetworks } from "@codi/core/modality";
import { conv, linear, residualBlock, type Scope, timeEmbedding } from "@codi/core/nn";
import { FRAME_COUNT } from "./clip.ts";
import { latentShape, type VideoConfig } from "./config.ts";
import { predict, videoDiffusion } from "./diffusion.ts";
import { framesOf } from "./vae.ts";

/** Channels of the encoder at its two resolutions. */
const WIDTHS = [24, 12] as const;
/** The width of its slots while they look at each other, and of the embedded timestep. */
const SLOT_WIDTH = 64;
/** The hidden width of the layers that follow environment attention. */
const HIDDEN = 12;

/**
 * What clips say to, and hear of, the other outputs (CoDi, section 3.4). A frame is one slot: the
 * encoder looks at each frame, then at all of them.
 *
 * @param config The sizes.
 * @returns The networks.
 */
export function videoEnvironment(config: VideoConfig): EnvironmentNetworks {
  const { depth } = config.unet;
  return environmentNetworks({
    name: "video",
    latentShape: latentShape(config),
    network: videoDiffusion(config).network,
    timed: true,
    guidance: 4,
    shift: 3,
    partners: ["image", "audio"],
    encode: (scope, z, timestep) => encode(scope, z, timestep, config),
    predict: (scope, inputs, memory) =>
      predict(
        scope,
        inputs,
        config,
        unetEnvironment(memory, {
          at: ({ part, level, index }) =>
            part === "up" && (level === 0 ? index === 0 : index === depth - 1),
          slotOf: (_column, _columns, frame) => frame,
          frames: FRAME_COUNT,
          hidden: HIDDEN,
          pooled: true,
        }),
      ),
  });
}

/** V of noisy clips. */
function encode(
  scope: Scope,
  z: Value,
  timestep: Value,
  { unet: { patch } }: VideoConfig,
): { global: Value; slots: Value } {
  const [batch] = z.shape as [number];
  const time = silu(timeEmbedding(scope.at("time"), timestep, SLOT_WIDTH));
  const ofFrames = reshape(
    broadcastTo(reshape(time, [batch, 1, SLOT_WIDTH]), [batch, FRAME_COUNT, SLOT_WIDTH]),
    [batch * FRAME_COUNT, SLOT_WIDTH],
  );
  const frames = framesOf(z);
  let h = conv(scope.at("stem"), patch > 1 ? pixelUnshuffle(frames, patch) : frames, WIDTHS[0]);
  h = residualBlock(scope.at("fine"), h, WIDTHS[0], ofFrames);
  h = silu(conv(scope.at("sample"), pixelUnshuffle(silu(h), 2), WIDTHS[1], { kernel: 1 }));
  const slots = reshape(h, [batch, FRAME_COUNT, -1]);
  return timedEnvironment(scope, linear(scope.at("frame"), slots, SLOT_WIDTH), time);
}
