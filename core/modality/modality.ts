import type { NoiseScheduleName, NoiseScheduleOptions, PredictionType } from "../diffusion/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Feeds, Network, RunningNetwork } from "./network.ts";

/** Files in and out: bytes ⇄ samples. */
export interface Codec<Sample> {
  /** Media types it reads, for example `application/json`. */
  readonly reads: readonly string[];
  /** The media type it writes. */
  readonly writes: string;
  /** The ending of files it writes, with the dot. */
  readonly extension: string;
  /** All formats it writes, by the names that {@linkcode EncodeOptions.format} takes. */
  readonly formats?: Readonly<Record<string, CodecFormat>>;
  /**
   * A sample from a file's bytes. What the bytes are is found in them, not in the file's name.
   *
   * @param bytes The whole file.
   * @returns The sample.
   * @throws {SyntaxError} If the bytes are not what this codec reads, or beyond its limits.
   */
  decode(bytes: Uint8Array): Promise<Sample>;
  /**
   * A mask of a sample from a file, such as a black and white picture; left out by a modality whose
   * parts are told in words alone.
   *
   * @param bytes The whole file of the mask.
   * @param sample The whole file of the sample, which the mask has to fit.
   * @returns What {@linkcode Autoencoder.latentMask} reads.
   * @throws {SyntaxError} If the bytes are no mask, or one of another sample.
   */
  decodeMask?(bytes: Uint8Array, sample: Uint8Array): Promise<Tensor>;
  /**
   * A file's bytes from a sample; equal samples and options give equal bytes.
   *
   * @param sample The sample.
   * @param options What to keep in the file beside it.
   * @returns The whole file.
   * @throws {RangeError} If the value is no sample of this modality.
   */
  encode(sample: Sample, options?: EncodeOptions): Promise<Uint8Array<ArrayBuffer>>;
}

/** A format that files are written in. */
export interface CodecFormat {
  /** Its media type. */
  readonly mediaType: string;
  /** The ending of its files, with the dot. */
  readonly extension: string;
}

/** Options of writing a file. */
export interface EncodeOptions {
  /** One of the formats that the codec names; its usual one if left out. */
  readonly format?: string;
  /** Kept in the file's metadata where the format has room. */
  readonly description?: string;
  /**
   * Samples of other modalities generated together with this one, by name; a codec that can hold them
   * keeps them.
   */
  readonly beside?: Readonly<Record<string, unknown>>;
}

/** The prompt encoder C of a modality: samples to the shared space (CoDi, section 3.2). */
export interface PromptEncoder<Sample> {
  /** Gives `embedding`, [batch, {@linkcode SPACE_WIDTH}], of length 1. */
  readonly network: Network;
  /**
   * What the network is fed for some samples.
   *
   * @param samples One or more.
   * @returns Feeds whose first axis is the batch.
   * @throws {RangeError} If a value is no sample of this modality.
   */
  feeds(samples: readonly Sample[]): Feeds;
  /**
   * What a user should know of a prompt, such as words never seen in training.
   *
   * @param sample The prompt's sample.
   * @param knowledge The metadata of the encoder's weights.
   * @returns Sentences without a final period; none if all is well.
   */
  notices?(sample: Sample, knowledge: Readonly<Record<string, string>>): string[];
  /**
   * What a prompt is cut into before it is read, such as words; left out where nothing is.
   *
   * @param sample The prompt's sample.
   * @param knowledge The metadata of the encoder's weights.
   * @returns The tokens, in order.
   */
  tokens?(sample: Sample, knowledge: Readonly<Record<string, string>>): PromptToken[];
}

/** One of the pieces that a prompt is cut into. */
export interface PromptToken {
  /** The piece. */
  readonly text: string;
  /** Whether training has shown it; undefined if that is not recorded. */
  readonly known: boolean | undefined;
  /** The smaller pieces it is read by, where it is not read as a whole alone. */
  readonly pieces: readonly string[];
}

/** The variational autoencoder of a modality: samples ⇄ standardised latents. */
export interface Autoencoder<Sample> {
  /** The shape of one sample's latent. */
  readonly latentShape: readonly number[];
  /** Gives `latent`, [batch, ...latentShape], of about zero mean and unit variance. */
  readonly encoder: Network;
  /** Reads `latent`; what it gives is up to the modality. */
  readonly decoder: Network;
  /**
   * A network of its own weights that makes samples of what the decoder gives; left out where the
   * decoder does.
   */
  readonly renderer?: Network;
  /** The settings that decoding knows, by name; left out where there are none. */
  readonly settings?: Readonly<Record<string, DecodeSetting>>;
  /**
   * What the encoder is fed for some samples.
   *
   * @param samples One or more.
   * @returns Feeds whose first axis is the batch.
   * @throws {RangeError} If a value is no sample of this modality.
   */
  feeds(samples: readonly Sample[]): Feeds;
  /**
   * Where a part of a sample lies in its latent; left out by a modality that is made as a whole.
   *
   * @param region The part, in the modality's own words, such as seconds or pixels.
   * @returns [...latentShape], 1 inside the part and 0 outside.
   * @throws {SyntaxError} If the region cannot be read or lies outside.
   */
  regionMask?(region: string): Tensor;
  /**
   * Where the part of a sample that a mask marks lies in its latent; left out by a modality whose parts
   * are told in words alone.
   *
   * @param mask In the modality's own shape, such as [height, width] of pixels: 1 inside the part and 0
   * outside.
   * @returns [...latentShape], 1 inside the part and 0 outside.
   * @throws {RangeError} If the mask has another shape, or marks nothing.
   */
  latentMask?(mask: Tensor): Tensor;
  /**
   * Samples from latents by the running decoder.
   *
   * @param decoder The network {@linkcode Autoencoder.decoder}, with its weights.
   * @param latents [batch, ...latentShape], standardised.
   * @param options An abort signal, the running renderer, and how to decode.
   * @returns One sample for each latent.
   * @throws {RangeError} If a setting is out of range.
   */
  decode(decoder: RunningNetwork, latents: Tensor, options: DecodeOptions): Promise<Sample[]>;
}

/** A setting of {@linkcode Autoencoder.decode}, for example `temperature`. */
export interface DecodeSetting {
  /** What values it takes, as messages say it: "a number from 0". */
  readonly takes: string;
  /**
   * Whether a value is one of them.
   *
   * @param value The value, as a caller gives it.
   * @returns Whether it fits.
   */
  accepts(value: string | number): boolean;
}

/** Options of {@linkcode Autoencoder.decode}. */
export interface DecodeOptions {
  /** Ends decoding with its reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Opens the network {@linkcode Autoencoder.renderer} with its weights.
   *
   * @throws {Error} If its weights are missing.
   */
  readonly renderer?: () => Promise<RunningNetwork>;
  /** Seeds what is drawn while decoding: one for all, or for each latent. @default {0} */
  readonly seed?: number | readonly number[];
  /** The numbers of the samples, one for each latent. @default {0, 1, …} */
  readonly samples?: readonly number[];
  /** Some of the modality's {@linkcode Autoencoder.settings}. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** The diffusion network of a modality (CoDi, section 3.3). */
export interface DiffusionNetwork {
  /**
   * Reads `z` [batch, ...latentShape], `timestep` [batch] in [0, 1000), `condition`
   * [batch, {@linkcode SPACE_WIDTH}] and `present` [batch], 1 or 0 where there is no condition; gives
   * `prediction`, of z's shape.
   */
  readonly network: Network;
  /** What it predicts. */
  readonly prediction: PredictionType;
  /** The noise schedule it was trained with. */
  readonly schedule: { readonly name: NoiseScheduleName; readonly options: NoiseScheduleOptions };
  /** The guidance scale to use unless told otherwise. */
  readonly guidance: number;
  /**
   * How many beginnings of each sample are tried unless told otherwise, where it is denoised by itself
   * and follows nothing: for what is decided early and often wrongly, but seen in its samples' embeddings.
   *
   * @default {1}
   */
  readonly candidates?: number;
  /**
   * Whether it, and the joint network of its environment, read `prompts` and `logShares` too where they
   * are traced as `sideBySide()` does it; elsewhere prompts are mixed to one.
   *
   * @default {false}
   */
  readonly sideBySide?: boolean;
}

/** What a modality says to, and hears of, outputs that are denoised beside it (CoDi, section 3.4). */
export interface EnvironmentNetworks {
  /** Whether it lives in time: then its encoder gives slots, too. */
  readonly timed: boolean;
  /**
   * The environment encoder V: reads `z` and `timestep` as the diffusion network does; gives `global`
   * [batch, ENVIRONMENT_WIDTH] and, in time, `slots` [batch, SLOTS, ENVIRONMENT_WIDTH]. Its weights are
   * those of the part `environment`.
   */
  readonly encoder: Network;
  /**
   * The diffusion network with environment attention: reads `global`, `slots` and `heard` [batch, 2]
   * besides. Its weights are those of the diffusion network and of the part `environment`; where
   * nothing is heard it predicts what the diffusion network does.
   */
  readonly joint: Network;
  /** The environment guidance scale to use unless told otherwise. */
  readonly guidance: number;
  /**
   * How much noise it has beside the others: the factor of σ/α at every step, as in `timesteps()`. What
   * has less is decided earlier, so that the others can follow it; it is for what is good without them.
   *
   * @default {1}
   */
  readonly shift?: number;
  /**
   * The modalities that it has learnt to hear. Beside one of these it hears no others, but for followed
   * samples that no output has learnt to hear; by themselves others are heard as if its own guidance
   * scale were at most 0.5, since what a stranger says is easily misread, unless both live in time and
   * not all of them have more noise: all slots are aligned to those of the same strokes.
   *
   * @default {all}
   */
  readonly partners?: readonly string[];
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
  /** Its name, as options, prompts and files say it: lower-case letters, digits and hyphens. */
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
  /** What it says to and hears of the other outputs; left out where it is made by itself. */
  readonly environment?: EnvironmentNetworks;
  /** Where the weights of its parts are: safetensors files. */
  readonly weights: Readonly<Partial<Record<PartName, URL>>>;
}

/** A modality: all that generating needs to know of it. */
export interface Modality<Name extends string = string, Sample = unknown>
  extends ModalitySpec<Name, Sample> {
  /**
   * A prompt of this modality.
   *
   * @param sample The sample.
   * @param options Its share beside other prompts, and whether to steer away from it.
   * @returns The prompt.
   * @throws {RangeError} If the weight is not a positive number.
   */
  prompt(sample: Sample, options?: PromptOptions): Prompt;
}

/**
 * Makes a modality of what a plugin says of itself: the one object a plugin exports.
 *
 * @param spec Codec, networks, and where their weights are.
 * @returns The modality, with a function that makes prompts of its samples.
 * @throws {RangeError} If the name could not be an option and a file's name: it takes lower-case
 * letters, digits and hyphens, a letter first.
 *
 * @example A modality that only prompts: three numbers
 * ```ts
 * import { input } from "@codi/core/graph";
 * import { defineModality, SPACE_WIDTH } from "@codi/core/modality";
 * import { linear, normalizeLength, Scope } from "@codi/core/nn";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const mood = defineModality({
 *   name: "mood",
 *   version: "0.1.0",
 *   space: "band-1",
 *   bridge: false,
 *   codec: {
 *     reads: ["application/json"],
 *     writes: "application/json",
 *     extension: ".json",
 *     decode: (bytes) => Promise.resolve<number[]>(JSON.parse(new TextDecoder().decode(bytes))),
 *     encode: (sample) => Promise.resolve(new TextEncoder().encode(JSON.stringify(sample))),
 *   },
 *   promptEncoder: {
 *     network: {
 *       name: "mood prompt encoder",
 *       inputs: (batch) => ({ mood: { shape: [batch, 3], dtype: "float32" } }),
 *       trace: (scope, { mood }) => ({
 *         embedding: normalizeLength(linear(scope, mood!, SPACE_WIDTH)),
 *       }),
 *     },
 *     feeds: (moods: readonly number[][]) => ({
 *       mood: tensor([moods.length, 3], Float32Array.from(moods.flat())),
 *     }),
 *   },
 *   weights: { promptEncoder: new URL("file:///weights/mood.safetensors") },
 * });
 * const prompt = mood.prompt([0.2, 0.9, 0.1], { weight: 2 });
 * assertEquals([prompt.modality, prompt.weight, prompt.negative], ["mood", 2, false]);
 * const traced = mood.promptEncoder.network.trace(new Scope(), { mood: input("mood", [4, 3]) });
 * assertEquals(traced["embedding"]!.shape, [4, SPACE_WIDTH]);
 * ```
 */
export function defineModality<Name extends string, Sample>(
  spec: ModalitySpec<Name, Sample>,
): Modality<Name, Sample> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(spec.name)) {
    throw new RangeError(
      `Cannot define the modality "${spec.name}": a name is lower-case letters, digits and hyphens`,
    );
  }
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
export type PartName = "promptEncoder" | "autoencoder" | "diffusion" | "environment" | "renderer";

/** The sample type of a modality. */
export type SampleOf<M> = M extends Modality<string, infer Sample> ? Sample : never;

/** Any modality, whatever its samples are. */
// deno-lint-ignore no-explicit-any
export type AnyModality = Modality<string, any>;

/** The width of the shared conditioning space. */
export const SPACE_WIDTH = 256;
