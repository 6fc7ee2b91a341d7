import type { UnetConfig } from "@codi/core/nn";
import { FRAMES } from "./_stft.ts";
import { MEL_BANDS } from "./mel.ts";

/** What makes sounds of decoded spectrograms: fast Griffin-Lim, or a trained network. */
export type VocoderName = "griffin-lim" | "neural";

/** Every {@linkcode VocoderName}. */
export const VOCODERS: readonly VocoderName[] = ["griffin-lim", "neural"];

/** The sizes of the audio networks. */
export interface AudioConfig {
  /** Channels of a latent, [channels, 16, 32]: four mel bands and four frames are one place. */
  readonly latentChannels: number;
  /** The autoencoder of spectrograms. */
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
  readonly promptEncoder: {
    /** Channels at a quarter of the spectrogram's sides, and at an eighth. */
    readonly widths: readonly [number, number];
    /** The width of a slot's token. */
    readonly tokenWidth: number;
    /** Transformer blocks over the slots. */
    readonly blocks: number;
    /** Heads of their attention. */
    readonly heads: number;
  };
  /** The diffusion network. */
  readonly unet: UnetConfig;
  /** The network from spectrograms to sounds. */
  readonly vocoder: {
    /** The width of a frame's token. */
    readonly width: number;
    /** Residual blocks. */
    readonly blocks: number;
    /** The hidden width of their feed-forward layers, as a multiple. */
    readonly expansion: number;
    /**
     * What decodes where the setting `vocoder` names nothing; `neural` takes the renderer's weights.
     *
     * @default {"griffin-lim"}
     */
    readonly usual?: VocoderName;
  };
}

/** The shipped networks. */
export const AUDIO_CONFIG: AudioConfig = {
  latentChannels: 4,
  autoencoder: { width: 64, encoderBlocks: 1, decoderBlocks: 2, fineWidth: 16 },
  promptEncoder: { widths: [48, 96], tokenWidth: 160, blocks: 2, heads: 4 },
  unet: {
    widths: [96, 128],
    attention: [true, true],
    depth: 2,
    patch: 2,
    heads: 4,
    timeWidth: 160,
    contextTokens: 4,
    contextWidth: 128,
    position: true,
  },
  vocoder: { width: 192, blocks: 4, expansion: 3, usual: "neural" },
};

/** Mel bands, and frames, that become one place of a latent. */
export const PATCH = 4;

/**
 * The shape of a latent.
 *
 * @param config The sizes.
 * @returns [channels, height, width]: frequency goes up the height, time along the width.
 */
export function latentShape(config: AudioConfig): [number, number, number] {
  return [config.latentChannels, MEL_BANDS / PATCH, FRAMES / PATCH];
}
