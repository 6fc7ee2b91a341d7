/** The sizes of a transformer over the slots. */
export interface TransformerSize {
  /** The width of a slot's token, a multiple of 4. */
  readonly width: number;
  /** Its blocks. */
  readonly blocks: number;
}

/** The sizes of the networks. */
export interface ScoreConfig {
  /** Channels of a latent, [channels, 16]: a column is a slot. */
  readonly latentChannels: number;
  /** Encoder and decoder, each. */
  readonly autoencoder: TransformerSize;
  /** The prompt encoder. */
  readonly promptEncoder: TransformerSize;
  /** The diffusion network. */
  readonly diffusion: TransformerSize;
}

/** The shipped networks. */
export const SCORE_CONFIG: ScoreConfig = {
  latentChannels: 8,
  autoencoder: { width: 64, blocks: 2 },
  promptEncoder: { width: 96, blocks: 3 },
  diffusion: { width: 128, blocks: 3 },
};
