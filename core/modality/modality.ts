import type { NoiseScheduleName, NoiseScheduleOptions, PredictionType } from "../diffusion/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Feeds, Network, RunningNetwork } from "./network.ts";

/** Files in and out: bytes or text ⇄ samples. */
export interface Codec<Sample> {
  /** Media types it reads, for example `image/png`. */
  readonly reads: readonly string[];
  /** The media type it writes. */
  readonly writes: string;
  /** The ending of files it writes, with the dot. */
  readonly extension: string;
  /**
   * A sample from a file's bytes.
   *
   * @throws {SyntaxError} If the bytes are not what this codec reads, or beyond its limits.
   */
  decode(bytes: Uint8Array): Promise<Sample>;
  /** A file's bytes from a sample. */
  encode(sample: Sample, options?: EncodeOptions): Promise<Uint8Array<ArrayBuffer>>;
}

/** Options of writing a file. */
export interface EncodeOptions {
  /** Kept in the file's metadata where the format has room. */
  readonly description?: string;
}

/** The prompt encoder C of a modality: samples to the shared space (CoDi, section 3.2). */
export interface PromptEncoder<Sample> {
  /** Gives `embedding`, [batch, {@linkcode SPACE_WIDTH}], of length 1. */
  readonly network: Network;
  /** What the network is fed for some samples. */
  feeds(samples: readonly Sample[]): Feeds;
  /** What a user should know of a prompt, such as words never seen in training. */
  notices?(sample: Sample, knowledge: Readonly<Record<string, string>>): string[];
}

/** The variational autoencoder of a modality: samples ⇄ standardised latents. */
export interface Autoencoder<Sample> {
  /** The shape of one sample's latent. */
  readonly latentShape: readonly number[];
  /** Gives `latent`, [batch, ...latentShape], of about zero mean and unit variance. */
  readonly encoder: Network;
  /** Reads `latent`; what it gives is up to the modality. */
  readonly decoder: Network;
  /** What the encoder is fed for some samples. */
  feeds(samples: readonly Sample[]): Feeds;
  /** Samples from latents, [batch, ...latentShape], by the running decoder. */
  decode(
    decoder: RunningNetwork,
    latents: Tensor,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<Sample[]>;
}

/** The diffusion network of a modality (CoDi, section 3.3). */
export interface DiffusionNetwork {
  /** Reads `z`, `timestep` [batch], `condition` and `present` [batch]; gives `prediction`, of z's shape. */
  readonly network: Network;
  /** What it predicts. */
  readonly prediction: PredictionType;
  /** The noise schedule it was trained with. */
  readonly schedule: { readonly name: NoiseScheduleName; readonly options: NoiseScheduleOptions };
  /** The guidance scale to use unless told otherwise. */
  readonly guidance: number;
}

/** A prompt: a sample of some modality, and how it counts. */
export interface Prompt {
  /** The name of its modality. */
  readonly modality: string;
  /** The sample. */
  readonly sample: unknown;
  /** Its share beside other prompts, a positive number. */
  readonly weight: number;
  /** Whether to steer away from it. */
  readonly negative: boolean;
}

/** How a prompt counts. */
export interface PromptOptions {
  /** Its share beside other prompts. @default {1} */
  readonly weight?: number;
  /** Whether to steer away from it. @default {false} */
  readonly negative?: boolean;
}

/** What a plugin says of itself. */
export interface ModalitySpec<Name extends string = string, Sample = unknown> {
  /** Its name, as `--to` and prompts say it. */
  readonly name: Name;
  /** The version of the plugin. */
  readonly version: string;
  /** The shared space its prompt encoder and diffusion network were trained in. */
  readonly space: string;
  /** Whether the other modalities were aligned to it. */
  readonly bridge: boolean;
  /** Files in and out. */
  readonly codec: Codec<Sample>;
  /** Samples to the shared space. */
  readonly promptEncoder: PromptEncoder<Sample>;
  /** Samples ⇄ latents; left out by a modality that only prompts. */
  readonly autoencoder?: Autoencoder<Sample>;
  /** Latents from noise; left out by a modality that only prompts. */
  readonly diffusion?: DiffusionNetwork;
  /** Where the weights of its parts are: safetensors files. */
  readonly weights: Readonly<Partial<Record<PartName, URL>>>;
}

/** A modality: all that generating needs to know of it. */
export interface Modality<Name extends string = string, Sample = unknown>
  extends ModalitySpec<Name, Sample> {
  /** A prompt of this modality. */
  prompt(sample: Sample, options?: PromptOptions): Prompt;
}

/** Makes a modality of what a plugin says of itself. */
export function defineModality<Name extends string, Sample>(
  spec: ModalitySpec<Name, Sample>,
): Modality<Name, Sample> {
  return {
    ...spec,
    prompt: (sample, { weight = 1, negative = false } = {}) => {
      if (!(weight > 0 && Number.isFinite(weight))) {
        throw new RangeError(
          `Cannot give a prompt the weight "${weight}": weights are positive numbers`,
        );
      }
      return { modality: spec.name, sample, weight, negative };
    },
  };
}

/** The parts of a modality that have weights of their own. */
export type PartName = "promptEncoder" | "autoencoder" | "diffusion";

/** The sample type of a modality. */
export type SampleOf<M> = M extends Modality<string, infer Sample> ? Sample : never;

/** Any modality, whatever its samples are. */
// deno-lint-ignore no-explicit-any
export type AnyModality = Modality<string, any>;

/** The width of the shared conditioning space. */
export const SPACE_WIDTH = 256;
