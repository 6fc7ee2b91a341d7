import type { AnyModality, DecodeOptions, Prompt } from "../modality/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type {
  AbortOptions,
  GenerateBatchRequest,
  GenerateRequest,
  GenerationStep,
  NoticesOptions,
  Outputs,
} from "./request.ts";

/**
 * Loaded modalities, ready to generate; holds a Worker until it is closed. {@linkcode load} makes one.
 *
 * Every call that needs weights rejects with an `Error` that names part and file if they are missing or
 * do not fit, and with a `RangeError` if they belong to another shared space. Later calls try again.
 */
export interface Codi<M extends AnyModality = AnyModality> extends AsyncDisposable {
  /** What was loaded. */
  readonly modalities: readonly M[];
  /**
   * One sample of each modality asked for, generated together (CoDi, sections 3.2 and 3.3).
   *
   * @param request Prompts, outputs, and how to sample.
   * @returns The samples by modality.
   * @throws {RangeError} If a modality is not installed or no output, or a number is out of its range.
   * @throws The signal's reason, when aborted.
   */
  generate(request: GenerateRequest<M["name"]>): Promise<Outputs<M>>;
  /**
   * Several samples, generated side by side.
   *
   * @param request As for {@linkcode Codi.generate}, how many, and the number of the first.
   * @returns The samples by modality, in order.
   * @throws As {@linkcode Codi.generate} does.
   */
  generateBatch(request: GenerateBatchRequest<M["name"]>): Promise<Outputs<M>[]>;
  /**
   * The same, step by step. Breaking off the loop ends the work.
   *
   * @param request As for {@linkcode Codi.generateBatch}.
   * @returns An iterator over the steps, with the current estimate of the latents; the samples are its
   * return value.
   * @throws As {@linkcode Codi.generate} does, at the first step.
   */
  generateSteps(
    request: GenerateBatchRequest<M["name"]>,
  ): AsyncGenerator<GenerationStep, Outputs<M>[], void>;
  /**
   * How many candidates of each sample a request tries, told or not.
   *
   * @param request As for {@linkcode Codi.generateBatch}.
   * @returns The number by output.
   * @throws As {@linkcode Codi.generate} does of what is asked for.
   */
  candidates(
    request: GenerateBatchRequest<M["name"]>,
  ): Promise<Readonly<Record<M["name"], number>>>;
  /**
   * Samples from latents, for previews.
   *
   * @param modality The modality.
   * @param latents [count, ...latent], as {@linkcode GenerationStep.denoised} has them.
   * @param options An abort signal, and how to decode.
   * @returns One sample for each latent.
   * @throws {RangeError} If the modality is no output, or the latents have another shape.
   */
  decode<Name extends M["name"]>(
    modality: Name,
    latents: Tensor,
    options?: Omit<DecodeOptions, "renderer">,
  ): Promise<Outputs<M>[Name][]>;
  /**
   * A sample's place in the shared space.
   *
   * @param prompt The sample; its weight does not count.
   * @param options An abort signal.
   * @returns {@linkcode SPACE_WIDTH} numbers of length 1.
   * @throws {RangeError} If its modality is not installed, or it is no sample of it.
   */
  embed(prompt: Prompt, options?: AbortOptions): Promise<Float32Array<ArrayBuffer>>;
  /**
   * The cosine between two samples in the shared space, of whatever modalities.
   *
   * @param a A sample.
   * @param b Another one.
   * @param options An abort signal.
   * @returns The cosine, in [−1, 1].
   * @throws As {@linkcode Codi.embed} does.
   */
  similarity(a: Prompt, b: Prompt, options?: AbortOptions): Promise<number>;
  /**
   * What a user should know of a request, such as words never seen in training.
   *
   * @param prompts The prompts.
   * @param options The outputs that are to be made together, and an abort signal.
   * @returns Sentences without a final period, in the order of the prompts, then of the outputs.
   * @throws {RangeError} If a modality is not installed.
   */
  notices(prompts: readonly Prompt[], options?: NoticesOptions<M["name"]>): Promise<string[]>;
  /** Ends the Worker and frees all it holds; calls under way and later ones reject. */
  close(): Promise<void>;
}
