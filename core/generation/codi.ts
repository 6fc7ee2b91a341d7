import { fromFileUrl } from "@std/path";
import { mixEmbeddings, similarity, type WeightedEmbedding } from "../conditioning/mod.ts";
import {
  denoiser,
  getSampler,
  guidanceScaleAt,
  guide,
  noise,
  noiseSchedule,
  sampleJointlySteps,
  type Sampling,
} from "../diffusion/mod.ts";
import {
  type AnyModality,
  checkModalities,
  findModality,
  type Network,
  openNetwork,
  type PartName,
  type Prompt,
  type RunningNetwork,
  SPACE_WIDTH,
} from "../modality/mod.ts";
import { type Device, openDevice, type SessionOptions } from "../runtime/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { readWeights, type Safetensors } from "../weights/mod.ts";
import type { GenerateBatchRequest, GenerateRequest, GenerationStep, Outputs } from "./request.ts";

/** Loaded modalities, ready to generate; holds a Worker until it is closed. */
export interface Codi<M extends AnyModality = AnyModality> extends AsyncDisposable {
  /** What was loaded. */
  readonly modalities: readonly M[];
  /** One sample of each modality asked for, generated together. */
  generate(request: GenerateRequest<M["name"]>): Promise<Outputs<M>>;
  /** Several samples, generated side by side. */
  generateBatch(request: GenerateBatchRequest<M["name"]>): Promise<Outputs<M>[]>;
  /** The same, step by step; the samples are the iterator's return value. */
  generateSteps(
    request: GenerateBatchRequest<M["name"]>,
  ): AsyncGenerator<GenerationStep, Outputs<M>[], void>;
  /** Samples from latents [count, ...] of a modality, for previews. */
  decode(modality: M["name"], latents: Tensor, signal?: AbortSignal): Promise<unknown[]>;
  /** A sample's place in the shared space: 256 numbers of length 1. */
  embed(prompt: Prompt): Promise<Float32Array<ArrayBuffer>>;
  /** The cosine between two samples in the shared space, of whatever modalities. */
  similarity(a: Prompt, b: Prompt): Promise<number>;
  /** What a user should know of some prompts, such as words never seen in training. */
  notices(prompts: readonly Prompt[]): Promise<string[]>;
  /** Ends the Worker and frees all it holds. */
  close(): Promise<void>;
}

/** Options of {@linkcode load}. */
export interface LoadOptions {
  /** Options of the runtime. */
  readonly session?: SessionOptions;
}

/**
 * Loads modalities. Weights are read when they are first needed.
 *
 * @param modalities The plugins, the bridge among them or not.
 * @param options Options of the runtime.
 * @returns What generates; close it, or bind it with `await using`.
 * @throws {RangeError} If modalities do not fit together.
 */
export function load<const M extends AnyModality>(
  modalities: readonly M[],
  options: LoadOptions = {},
): Promise<Codi<M>> {
  try {
    checkModalities(modalities);
    return Promise.resolve(new LoadedCodi(modalities, openDevice(options.session ?? {})));
  } catch (error) {
    return Promise.reject(error);
  }
}

const DEFAULT_STEPS = 25;

class LoadedCodi<M extends AnyModality> implements Codi<M> {
  readonly #files = new Map<string, Promise<Safetensors>>();
  readonly #networks = new Map<Network, Promise<RunningNetwork>>();
  readonly #device: Device;

  constructor(readonly modalities: readonly M[], device: Device) {
    this.#device = device;
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
    const { prompts, to, seed = 0, count = 1, first = 0, sampler = "dpm++", signal } = request;
    const steps = request.steps ?? DEFAULT_STEPS;
    if (to.length === 0) {
      throw new RangeError("Cannot generate nothing: name at least one modality");
    }
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(
        `Cannot generate "${count}" samples: the count is a whole number from 1`,
      );
    }
    if (!Number.isInteger(steps) || steps < 1) {
      throw new RangeError(`Cannot sample in "${steps}" steps: the number is a whole one from 1`);
    }
    const outputs = [...new Set(to)].map((name) => this.#output(name));
    const positive = await this.#mixed(prompts.filter((prompt) => !prompt.negative), request);
    const negative = await this.#mixed(prompts.filter((prompt) => prompt.negative), request);
    const samples = Array.from({ length: count }, (_, index) => first + index);

    const denoisers = new Map<string, ReturnType<typeof denoiser>>();
    const samplings: Record<string, Sampling> = {};
    for (const { modality, autoencoder, diffusion } of outputs) {
      const { name } = modality;
      const network = await this.#open(modality, "diffusion", diffusion.network);
      const schedule = noiseSchedule(diffusion.schedule.name, diffusion.schedule.options);
      const wanted = request.guidance;
      const scale = (typeof wanted === "number" ? wanted : wanted?.[name as M["name"]]) ??
        diffusion.guidance;
      const predict = async (z: Tensor, timestep: number): Promise<Tensor> => {
        const now = guidanceScaleAt(schedule, timestep, { ...request.guidanceOptions, scale });
        // Both halves of guidance run as one batch.
        const halves = positive === undefined && negative === undefined || now === 1
          ? [positive]
          : [positive, negative];
        const { prediction } = await network.run(diffusionFeeds(z, timestep, halves), { signal });
        if (halves.length === 1) return prediction!;
        const [conditional, unconditional] = split(prediction!, z.shape);
        return guide(conditional, unconditional, now, request.guidanceOptions);
      };
      denoisers.set(name, denoiser(predict, diffusion.prediction, schedule));
      const shape = [count, ...autoencoder.latentShape];
      samplings[name] = getSampler(sampler)(noise(shape, { seed, name, samples }), schedule, {
        steps,
        eta: request.eta ?? 0,
        stepNoise: (step) => noise(shape, { seed, name, samples, step }),
      });
    }

    const joint = sampleJointlySteps(
      async (queries, context) => {
        const denoised: Record<string, Tensor> = {};
        for (const [name, query] of Object.entries(queries)) {
          denoised[name] = await denoisers.get(name)!(query.z, query.timestep, context);
        }
        return denoised;
      },
      samplings,
      { signal },
    );
    let latents: Readonly<Record<string, Tensor>>;
    for (;;) {
      const { done, value } = await joint.next();
      if (done) {
        latents = value;
        break;
      }
      const states = Object.entries(value);
      yield {
        step: states[0]![1].step,
        steps,
        denoised: Object.fromEntries(states.map(([name, state]) => [name, state.denoised])),
      };
    }
    const results: Record<string, unknown>[] = samples.map(() => ({}));
    for (const { modality } of outputs) {
      const decoded = await this.decode(modality.name, latents[modality.name]!, signal);
      decoded.forEach((sample, index) => results[index]![modality.name] = sample);
    }
    return results as Outputs<M>[];
  }

  async decode(name: M["name"], latents: Tensor, signal?: AbortSignal): Promise<unknown[]> {
    const { modality, autoencoder } = this.#output(name);
    const network = await this.#open(modality, "autoencoder", autoencoder.decoder);
    return await autoencoder.decode(network, latents, { signal });
  }

  async embed(prompt: Prompt): Promise<Float32Array<ArrayBuffer>> {
    const modality = findModality(this.modalities, prompt.modality);
    const { network, feeds } = modality.promptEncoder;
    const running = await this.#open(modality, "promptEncoder", network);
    const { embedding } = await running.run(feeds([prompt.sample]));
    return embedding!.data;
  }

  async similarity(a: Prompt, b: Prompt): Promise<number> {
    return similarity(await this.embed(a), await this.embed(b));
  }

  async notices(prompts: readonly Prompt[]): Promise<string[]> {
    const notices: string[] = [];
    for (const prompt of prompts) {
      const modality = findModality(this.modalities, prompt.modality);
      const { metadata } = await this.#read(modality, "promptEncoder");
      notices.push(...modality.promptEncoder.notices?.(prompt.sample, metadata) ?? []);
    }
    return notices;
  }

  close(): Promise<void> {
    return this.#device.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #output(name: string) {
    const modality = findModality(this.modalities, name);
    const { autoencoder, diffusion } = modality;
    if (autoencoder === undefined || diffusion === undefined) {
      const able = this.modalities.filter((other) => other.diffusion).map((other) =>
        `"${other.name}"`
      );
      throw new RangeError(
        `Cannot generate "${name}": the plugin reads it only as a prompt; outputs are ${
          able.join(", ") || "none"
        }`,
      );
    }
    return { modality, autoencoder, diffusion };
  }

  async #mixed(
    prompts: readonly Prompt[],
    request: GenerateRequest<M["name"]>,
  ): Promise<Float32Array<ArrayBuffer> | undefined> {
    if (prompts.length === 0) return undefined;
    const embeddings: WeightedEmbedding[] = [];
    for (const prompt of prompts) {
      request.signal?.throwIfAborted();
      embeddings.push({ embedding: await this.embed(prompt), weight: prompt.weight });
    }
    return mixEmbeddings(embeddings, request.mixing);
  }

  #open(modality: AnyModality, part: PartName, network: Network): Promise<RunningNetwork> {
    let running = this.#networks.get(network);
    if (running === undefined) {
      running = this.#read(modality, part).then(({ tensors }) =>
        openNetwork(network, tensors, this.#device)
      );
      this.#networks.set(network, running);
    }
    return running;
  }

  #read(modality: AnyModality, part: PartName): Promise<Safetensors> {
    const url = modality.weights[part];
    if (url === undefined) {
      throw new RangeError(
        `Cannot use the ${part} of "${modality.name}": the plugin names no weights`,
      );
    }
    let file = this.#files.get(url.href);
    if (file === undefined) {
      file = readPart(modality, part, url);
      this.#files.set(url.href, file);
    }
    return file;
  }
}

async function readPart(modality: AnyModality, part: PartName, url: URL): Promise<Safetensors> {
  let file: Safetensors;
  try {
    file = await readWeights(fromFileUrl(url));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(
      `Cannot use the ${part} of "${modality.name}": ${url.pathname} is missing; train it, or reinstall the plugin`,
      { cause },
    );
  }
  const space = file.metadata["space"];
  if (space !== undefined && space !== modality.space) {
    throw new RangeError(
      `Cannot use the ${part} of "${modality.name}": its weights belong to the shared space "${space}", the plugin to "${modality.space}"`,
    );
  }
  return file;
}

/** Feeds of a diffusion network: z once for each half; an absent condition stands for none. */
function diffusionFeeds(
  z: Tensor,
  timestep: number,
  halves: readonly (Float32Array | undefined)[],
): Record<string, Tensor> {
  const count = z.shape[0]!;
  const batch = count * halves.length;
  const feeds = {
    z: tensor([batch, ...z.shape.slice(1)]),
    timestep: tensor([batch], new Float32Array(batch).fill(timestep)),
    condition: tensor([batch, SPACE_WIDTH]),
    present: tensor([batch]),
  };
  halves.forEach((condition, half) => {
    feeds.z.data.set(z.data, half * z.data.length);
    if (condition === undefined) return;
    for (let row = half * count; row < (half + 1) * count; row++) {
      feeds.condition.data.set(condition, row * SPACE_WIDTH);
      feeds.present.data[row] = 1;
    }
  });
  return feeds;
}

function split(both: Tensor, shape: readonly number[]): [Tensor, Tensor] {
  const half = both.data.length / 2;
  return [tensor(shape, both.data.slice(0, half)), tensor(shape, both.data.slice(half))];
}
