import type { UnetConfig } from "@codi/core/nn";

/** The sizes of the image networks. */
export interface ImageConfig {
  /** The side of a latent, in latent pixels; 32 divides by it. */
  readonly latentSide: number;
  /** Channels of a latent. */
  readonly latentChannels: number;
  /** The autoencoder. */
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
  /** Channels of the prompt encoder at a quarter of the picture's side, an eighth, and so on. */
  readonly promptWidths: readonly number[];
  /** The diffusion network. */
  readonly unet: UnetConfig;
}

/** The shipped networks. */
export const IMAGE_CONFIG: ImageConfig = {
  latentSide: 16,
  latentChannels: 4,
  autoencoder: { width: 96, encoderBlocks: 2, decoderBlocks: 3, fineWidth: 32 },
  promptWidths: [48, 80, 144],
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
};

/**
 * The shape of a latent.
 *
 * @param config The sizes.
 * @returns [channels, height, width].
 */
export function latentShape(config: ImageConfig): [number, number, number] {
  return [config.latentChannels, config.latentSide, config.latentSide];
}
