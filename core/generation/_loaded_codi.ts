import {
  mixEmbeddings,
  promptShares,
  similarity,
  type WeightedEmbedding,
} from "../conditioning/mod.ts";
import { getSampler, noise, sampleJointlySteps, type Sampling } from "../diffusion/mod.ts";
import {
  type AnyModality,
  checkSettings,
  type DecodeOptions,
  findModality,
  type Prompt,
  scheduleOf,
} from "../modality/mod.ts";
import type { Device } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Condition, Conditions } from "./_guided_network.ts";
import { hasEnvironment, trainedTogether } from "./_environments.ts";
import { openJointDenoiser, type Output } from "./_joint_denoiser.ts";
import { openParts, type Parts } from "./_parts.ts";
import type { Codi } from "./codi.ts";
import type {
  AbortOptions,
  GenerateBatchRequest,
  GenerateRequest,
  GenerationStep,
  NoticesOptions,
  Outputs,
  SampleRequest,
} from "./request.ts";

const DEFAULT_STEPS = 25;

/** One of the samples that are generated side by side. */
type Sample = Required<SampleRequest>;

/** What load() gives. */
export class LoadedCodi<M extends AnyModality> implements Codi<M> {
  readonly #device: Device;
  readonly #parts: Parts;

  constructor(readonly modalities: readonly M[], device: Device) {
    this.#device = device;
    this.#parts = openParts(device);
  }

  async generate(request: GenerateRequest<M["name"]>): Promise<Outputs<M>> {
    return (await this.generateBatch(request))[0]!;
  }

  async generateBatch(request: GenerateBatchRequest<M["name"]>): Promise<Outputs<M>[]> {
    const steps = this.generateSteps(request);
    for (;;) {
      const { done, value } = await steps.next();
      if (done) return value;
    }
  }

  async *generateSteps(
    request: GenerateBatchRequest<M["name"]>,
  ): AsyncGenerator<GenerationStep, Outputs<M>[], void> {
    const { to, steps = DEFAULT_STEPS, signal } = request;
    const samples = samplesOf(request);
    checkRequest(request, steps);
    signal?.throwIfAborted();
    const outputs = [...new Set(to)].map((name) => this.#output(name));
    for (const { modality: { name }, autoencoder } of outputs) {
      checkSettings(name, autoencoder.settings ?? {}, request.decoding?.[name as M["name"]] ?? {});
    }
    const conditions = await this.#conditions(samples, request);
    const { denoise, shifts } = await openJointDenoiser(this.#parts, this.modalities, {
      outputs,
      conditions,
      batch: samples.length,
      request,
    });
    const samplings = Object.fromEntries(
      outputs.map((output) => [
        output.modality.name,
        samplingOf(output, samples, steps, shifts.get(output.modality.name) ?? 1, request),
      ]),
    );
    const joint = sampleJointlySteps(denoise, samplings, { signal });
    let latents: Readonly<Record<string, Tensor>>;
    for (let step = 0;; step++) {
      const { done, value } = await joint.next();
      if (done) {
        latents = value;
        break;
      }
      const states = Object.entries(value);
      const denoised = Object.fromEntries(states.map(([name, state]) => [name, state.denoised]));
      yield { step, steps, denoised };
    }
    const results: Record<string, unknown>[] = samples.map(() => ({}));
    for (const { modality: { name } } of outputs) {
      const settings = request.decoding?.[name as M["name"]];
      const decoded = await this.decode(name, latents[name]!, {
        signal,
        seed: samples.map(({ seed }) => seed),
        samples: samples.map(({ number }) => number),
        ...(settings === undefined ? {} : { settings }),
      });
      decoded.forEach((sample, index) => results[index]![name] = sample);
    }
    return results as Outputs<M>[];
  }

  async decode<Name extends M["name"]>(
    name: Name,
    latents: Tensor,
    options: Omit<DecodeOptions, "renderer"> = {},
  ): Promise<Outputs<M>[Name][]> {
    const { modality, autoencoder } = this.#output(name);
    const { decoder, renderer, settings = {} } = autoencoder;
    checkSettings(name, settings, options.settings ?? {});
    const network = await this.#parts.open(modality, ["autoencoder"], decoder);
    const decoded = await autoencoder.decode(network, latents, {
      ...options,
      ...(renderer && { renderer: () => this.#parts.open(modality, ["renderer"], renderer) }),
    });
    return decoded as Outputs<M>[Name][];
  }

  async embed(
    prompt: Prompt,
    { signal }: AbortOptions = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    const modality = findModality(this.modalities, prompt.modality);
    const { network, feeds } = modality.promptEncoder;
    const running = await this.#parts.open(modality, ["promptEncoder"], network);
    const { embedding } = await running.run(feeds([prompt.sample]), { signal });
    return embedding!.data;
  }

  async similarity(a: Prompt, b: Prompt, options: AbortOptions = {}): Promise<number> {
    return similarity(await this.embed(a, options), await this.embed(b, options));
  }

  async notices(
    prompts: readonly Prompt[],
    { to = [], signal }: NoticesOptions<M["name"]> = {},
  ): Promise<string[]> {
    const notices: string[] = [];
    for (const prompt of prompts) {
      signal?.throwIfAborted();
      const modality = findModality(this.modalities, prompt.modality);
      const { metadata } = await this.#parts.read(modality, "promptEncoder");
      notices.push(...modality.promptEncoder.notices?.(prompt.sample, metadata) ?? []);
    }
    signal?.throwIfAborted();
    const outputs = [...new Set(to)].map((name) => findModality(this.modalities, name))
      .filter(hasEnvironment);
    const together = await trainedTogether(this.#parts, outputs);
    for (const one of outputs.filter((output) => !together.includes(output))) {
      notices.push(
        `"${one.name}" is made by itself: it was never trained to be made beside other outputs`,
      );
    }
    return notices;
  }

  close(): Promise<void> {
    return this.#device.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #output(name: string): Output {
    const modality = findModality(this.modalities, name);
    const { autoencoder, diffusion } = modality;
    if (autoencoder === undefined || diffusion === undefined) {
      const able = this.modalities.filter((other) => other.autoencoder && other.diffusion);
      throw new RangeError(
        `Cannot generate "${name}": the plugin reads it only as a prompt; outputs are ${
          able.map((other) => `"${other.name}"`).join(", ") || "none"
        }`,
      );
    }
    return { modality, autoencoder, diffusion };
  }

  /** What samples are steered towards and away from; equal prompts are encoded once. */
  async #conditions(
    samples: readonly Sample[],
    { mixing, signal }: GenerateRequest,
  ): Promise<Conditions> {
    const known = new Map<Prompt, Float32Array>();
    const conditionOf = async (prompts: readonly Prompt[]): Promise<Condition | undefined> => {
      if (prompts.length === 0) return undefined;
      const embeddings: WeightedEmbedding[] = [];
      for (const prompt of prompts) {
        const embedding = known.get(prompt) ?? await this.embed(prompt, { signal });
        known.set(prompt, embedding);
        embeddings.push({ embedding, weight: prompt.weight });
      }
      return {
        mixed: mixEmbeddings(embeddings, mixing),
        prompts: embeddings.map(({ embedding }) => embedding),
        shares: promptShares(embeddings),
      };
    };
    const positive: (Condition | undefined)[] = [];
    const negative: (Condition | undefined)[] = [];
    for (const { prompts } of samples) {
      positive.push(await conditionOf(prompts.filter((prompt) => !prompt.negative)));
      negative.push(await conditionOf(prompts.filter((prompt) => prompt.negative)));
    }
    return { positive, negative };
  }
}

/** The sampler of an output, with noise that hangs on seed, sample, modality and step alone. */
function samplingOf(
  { modality: { name }, autoencoder, diffusion }: Output,
  samples: readonly Sample[],
  steps: number,
  shift: number,
  { sampler = "dpm++", eta = 0 }: GenerateRequest,
): Sampling {
  const shape = [samples.length, ...autoencoder.latentShape];
  const key = {
    seed: samples.map(({ seed }) => seed),
    samples: samples.map(({ number }) => number),
    name,
  };
  const schedule = scheduleOf(diffusion);
  return getSampler(sampler)(noise(shape, key), schedule, {
    steps,
    shift,
    eta,
    stepNoise: (step) => noise(shape, { ...key, step }),
  });
}

/** The samples of a request, each with all that it is made from. */
function samplesOf(
  { prompts, seed = 0, count = 1, first = 0, samples }: GenerateBatchRequest,
): Sample[] {
  if (samples !== undefined) {
    return samples.map((one, place) => ({ prompts, seed, number: place, ...one }));
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot generate "${count}" samples: the count is a whole number from 1`);
  }
  return Array.from({ length: count }, (_, place) => ({ prompts, seed, number: first + place }));
}

function checkRequest(
  { to, first = 0, samples, guidance, environment, shift, ahead = 0 }: GenerateBatchRequest,
  steps: number,
): void {
  if (to.length === 0) {
    throw new RangeError("Cannot generate nothing: name at least one modality");
  }
  if (samples?.length === 0) throw new RangeError("Cannot generate no samples: give at least one");
  if (!Number.isInteger(first) || first < 0) {
    throw new RangeError(
      `Cannot begin with sample "${first}": the first one's number is a whole one from 0`,
    );
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`Cannot sample in "${steps}" steps: the number is a whole one from 1`);
  }
  if (!(ahead >= 0 && ahead <= 1)) {
    throw new RangeError(`Cannot hear outputs at "${ahead}" of their timestep: it is from 0 to 1`);
  }
  for (const scales of [guidance, environment]) {
    for (const scale of typeof scales === "object" ? Object.values(scales) : [scales]) {
      if (scale !== undefined && !Number.isFinite(scale)) {
        throw new RangeError(`Cannot guide with the scale "${scale}": it takes a finite number`);
      }
    }
  }
  for (const factor of typeof shift === "object" ? Object.values(shift) : [shift]) {
    if (factor !== undefined && !(factor! > 0 && Number.isFinite(factor))) {
      throw new RangeError(`Cannot shift noise by "${factor}": it takes a positive factor`);
    }
  }
}
