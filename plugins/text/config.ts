/** The sizes of the networks that write sentences. */
export interface SentenceConfig {
  /** Numbers of a latent. */
  readonly latentChannels: number;
  /** The sentence autoencoder. */
  readonly autoencoder: {
    /** Numbers per n-gram that the encoder reads. */
    readonly wordWidth: number;
    /** The width of both transformers; four heads divide it. */
    readonly width: number;
    /** Blocks of the encoder. */
    readonly encoderBlocks: number;
    /** Blocks of the decoder. */
    readonly decoderBlocks: number;
    /** How many tokens the latent becomes for the decoder's cross-attention. */
    readonly memoryTokens: number;
  };
  /** The diffusion network. */
  readonly diffusion: {
    /** Numbers per latent at each level, widest first; `tokens` and `heads` divide them. */
    readonly widths: readonly number[];
    /** Blocks at each level, on the way down and again on the way up. */
    readonly depth: number;
    /** How many tokens a latent is cut into for attention. */
    readonly tokens: number;
    /** Heads of every attention. */
    readonly heads: number;
    /** The width of the embedded timestep. */
    readonly timeWidth: number;
    /** How many tokens the condition becomes. */
    readonly contextTokens: number;
    /** The width of those tokens. */
    readonly contextWidth: number;
  };
}

/** The sizes of the text networks. */
export interface TextConfig {
  /** Numbers per n-gram. */
  readonly wordWidth: number;
  /** The width of the transformer; four heads divide it. */
  readonly width: number;
  /** Its blocks. */
  readonly blocks: number;
  /** The networks that write. @default {none: the text only prompts} */
  readonly sentences?: SentenceConfig;
}

/** The shipped networks that write. */
export const SENTENCE_CONFIG: SentenceConfig = {
  latentChannels: 64,
  autoencoder: {
    wordWidth: 96,
    width: 128,
    encoderBlocks: 2,
    decoderBlocks: 2,
    memoryTokens: 4,
  },
  diffusion: {
    widths: [320, 192],
    depth: 2,
    tokens: 4,
    heads: 4,
    timeWidth: 192,
    contextTokens: 4,
    contextWidth: 128,
  },
};

/** The shipped networks. */
export const TEXT_CONFIG: TextConfig = {
  wordWidth: 128,
  width: 128,
  blocks: 2,
  sentences: SENTENCE_CONFIG,
};
