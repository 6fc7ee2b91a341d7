/** What requests may ask for at most. */
export interface Limits {
  /** Bytes of one uploaded file. */
  readonly uploadBytes: number;
  /** Bytes of a whole request. */
  readonly requestBytes: number;
  /** Seconds in which a request has to arrive. */
  readonly requestSeconds: number;
  /** Uploaded files of a request. */
  readonly files: number;
  /** Prompts of a request. */
  readonly prompts: number;
  /** Pixels of an uploaded picture, or of all frames of an animation together. */
  readonly pixels: number;
  /** Seconds of an uploaded sound or clip. */
  readonly seconds: number;
  /** Bytes of a text. */
  readonly textBytes: number;
  /** Sampling steps. */
  readonly steps: number;
  /** Samples of a generation. */
  readonly count: number;
  /** Generations that wait, all together. */
  readonly waiting: number;
  /** Seconds that a generation may wait; with those that it may run, this is all the time it may take. */
  readonly waitSeconds: number;
  /** Seconds that a generation may run. */
  readonly jobSeconds: number;
  /** Bytes of memory that a generation may take beside the networks, as they are estimated. */
  readonly jobMemoryBytes: number;
  /** Bytes that the files and the results of a generation may take in the store. */
  readonly jobDiskBytes: number;
  /** Inputs of a request for embeddings. */
  readonly embeddings: number;
}

/** The settings of a server. */
export interface ServerConfig {
  /** What requests may ask for. */
  readonly limits: Limits;
  /** Seconds until the results of a generation are removed. */
  readonly resultSeconds: number;
  /** Seconds after which an expired generation is forgotten, too. */
  readonly forgetSeconds: number;
  /** Bytes that requests and results may take together. */
  readonly storeBytes: number;
  /** Bytes of memory above which no generation is accepted. */
  readonly memoryBytes: number;
  /** Seconds in which an uploaded file has to be decoded. */
  readonly decodeSeconds: number;
  /** Names of owners by the SHA-256 of their tokens in hexadecimal digits; empty if no token is asked for. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Requests that one token, or one address where there are no tokens, may make in a minute. */
  readonly requestsPerMinute: number;
  /** Seconds between signs of life in a stream of events in which nothing happens. */
  readonly heartbeatSeconds: number;
  /** Names under which the server may be called; undefined for any. */
  readonly hosts: readonly string[] | undefined;
  /** Other origins whose pages may call the server. */
  readonly origins: readonly string[];
}

/** The settings of a server that was told nothing. */
export const DEFAULT_CONFIG: ServerConfig = {
  limits: {
    uploadBytes: 20_000_000,
    requestBytes: 41_000_000,
    requestSeconds: 300,
    files: 8,
    prompts: 16,
    pixels: 16_000_000,
    seconds: 60,
    textBytes: 10_000,
    steps: 200,
    count: 8,
    waiting: 100,
    waitSeconds: 6 * 3600,
    jobSeconds: 600,
    jobMemoryBytes: 1_000_000_000,
    jobDiskBytes: 100_000_000,
    embeddings: 16,
  },
  resultSeconds: 24 * 3600,
  forgetSeconds: 30 * 24 * 3600,
  storeBytes: 2_000_000_000,
  memoryBytes: 4_000_000_000,
  decodeSeconds: 10,
  tokens: {},
  requestsPerMinute: 600,
  heartbeatSeconds: 15,
  hosts: ["localhost", "127.0.0.1", "[::1]"],
  origins: [],
};
