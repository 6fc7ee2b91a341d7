import type { UnetConfig } from "@codi/core/nn";
import { FRAME_COUNT } from "./clip.ts";

/** The sizes of the layers along time that the UNet has beside those of each frame. */
export interface TemporalConfig {
  /** The width of queries, keys and values. */
  readonly width: number;
  /** Heads of the attention. */
  readonly heads: number;
  /** Channels that are shifted along time; a third stays where it is. */
  readonly shiftWidth: number;
  /** The width of the condition as these layers see it. */
  readonly conditionWidth: number;
}

/** The sizes of the video networks. */
export interface VideoConfig {
  /** The side of a frame's latent, in latent pixels; 32 divides by it. */
  readonly latentSide: number;
  /** Channels of a frame's latent. */
  readonly latentChannels: number;
  /** The autoencoder of frames. */
  readonly autoencoder: {
    /** Channels at the latent's resolution. */
    readonly width: number;
    /** Residual blocks of the encoder there. */
    readonly encoderBlocks: number;
    /** Residual blocks of the decoder there. */
    readonly decoderBlocks: number;
    /** Channels at twice that resolution, in the decoder. */
    readonly fineWidth: number;
  };
  /** The prompt encoder. */
  readonly prompt: {
    /** Channels of what it sees of single frames, at a quarter of their side, an eighth, and so on. */
    readonly widths: readonly number[];
    /** The width of what it sees of the motion, per frame. */
    readonly motionWidth: number;
    /** Transformer blocks over the frames. */
    readonly motionBlocks: number;
  };
  /** The part of the diffusion network that treats frames as pictures. */
  readonly unet: UnetConfig;
  /** The part that connects them. */
  readonly temporal: TemporalConfig;
}

/** The shipped networks; autoencoder and UNet have the sizes of the image plugin's. */
export const VIDEO_CONFIG: VideoConfig = {
  latentSide: 16,
  latentChannels: 4,
  autoencoder: { width: 96, encoderBlocks: 2, decoderBlocks: 3, fineWidth: 32 },
  prompt: { widths: [40, 56, 72], motionWidth: 48, motionBlocks: 2 },
  unet: {
    widths: [128, 144],
    attention: [false, true],
    depth: 2,
    patch: 2,
    heads: 4,
    timeWidth: 192,
    contextTokens: 4,
    contextWidth: 128,
  },
  temporal: { width: 64, heads: 4, shiftWidth: 72, conditionWidth: 32 },
};

/**
 * The shape of a clip's latent.
 *
 * @param config The sizes.
 * @returns [frames, channels, height, width].
 */
export function latentShape(config: VideoConfig): [number, number, number, number] {
  return [FRAME_COUNT, config.latentChannels, config.latentSide, config.latentSide];
}
