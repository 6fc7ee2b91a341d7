import {
  mixEmbeddings,
  promptShares,
  similarity,
  type WeightedEmbedding,
} from "../conditioning/mod.ts";
import {
  getSampler,
  type JointDenoiser,
  noise,
  sampleJointlySteps,
  type SampleStep,
  type Sampling,
} from "../diffusion/mod.ts";
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
import { type Beside, followedBy, openBeside } from "./_beside.ts";
import {
  type Beginning,
  type BegunGroup,
  chooseBeginnings,
  denoisedOf,
  type TriedGroup,
} from "./_beginnings.ts";
import { candidatesOf, type Comparison } from "./_candidates.ts";
import { globalsOf, hasEnvironment, trainedTogether } from "./_environments.ts";
import { type Group, groupsOf } from "./_groups.ts";
import { type Condition, type Conditions, heededConditions } from "./_guided_network.ts";
import { openJointDenoiser } from "./_joint_denoiser.ts";
import { guidanceOf, type Output, outputOf } from "./_outputs.ts";
import { openParts, type Parts } from "./_parts.ts";
import { rowsIn } from "./_rows.ts";
import { checkRequest, type Sample, samplesOf } from "./_samples.ts";
import type { Codi } from "./codi.ts";
import type {
  AbortOptions,
  GenerateBatchRequest,
  GenerateRequest,
  GenerationStep,
  NoticesOptions,
  Outputs,
} from "./request.ts";

const DEFAULT_STEPS = 25;

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
    const { steps = DEFAULT_STEPS, signal } = request;
    const { outputs, samples } = this.#asked(request, steps);
    const beside = await openBeside(this.#parts, this.modalities, outputs, request);
    const groups = await this.#groups(outputs, samples, request);
    const conditions = await this.#conditions(samples, request);
    const { begun, compared } = yield* chooseBeginnings(groups, samples, conditions, {
      steps,
      denoise: (begun, tell) => this.#denoise(begun, beside, request, tell),
      estimates: (group, denoised) =>
        this.#estimates(group, denoised, { beside, conditions, request }),
    });
    const joint = this.#denoise(begun, beside, request);
    let latents: Readonly<Record<string, Tensor>>;
    for (let step = 0;; step++) {
      const { done, value } = await joint.next();
      if (done) {
        latents = value;
        break;
      }
      if (step >= compared) yield { step, steps, denoised: denoisedOf(value) };
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

  async candidates(
    request: GenerateBatchRequest<M["name"]>,
  ): Promise<Readonly<Record<M["name"], number>>> {
    const { outputs, samples } = this.#asked(request, request.steps ?? DEFAULT_STEPS);
    const groups = await this.#groups(outputs, samples, request);
    return Object.fromEntries(
      groups.flatMap(({ group, candidates }) =>
        group.outputs.map(({ modality }) => [modality.name, Math.max(...candidates)])
      ),
    ) as Record<M["name"], number>;
  }

  async decode<Name extends M["name"]>(
    name: Name,
    latents: Tensor,
    options: Omit<DecodeOptions, "renderer"> = {},
  ): Promise<Outputs<M>[Name][]> {
    const { modality, autoencoder } = outputOf(this.modalities, name);
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
    return (await this.#embedAll(modality, [prompt.sample], signal))[0]!;
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

  /** The outputs and samples that a request asks for, checked. */
  #asked(
    request: GenerateBatchRequest<M["name"]>,
    steps: number,
  ): { readonly outputs: readonly Output[]; readonly samples: readonly Sample[] } {
    const samples = samplesOf(request);
    checkRequest(request, steps);
    request.signal?.throwIfAborted();
    const outputs = [...new Set(request.to)].map((name) => outputOf(this.modalities, name));
    for (const { modality: { name }, autoencoder } of outputs) {
      checkSettings(name, autoencoder.settings ?? {}, request.decoding?.[name as M["name"]] ?? {});
    }
    return { outputs, samples };
  }

  /** Which outputs are denoised together, and how many candidates each of their samples has. */
  async #groups(
    outputs: readonly Output[],
    samples: readonly Sample[],
    request: GenerateRequest,
  ): Promise<readonly TriedGroup[]> {
    const followed = followedBy(this.modalities, request).map(({ modality }) => modality);
    const groups = await groupsOf(this.#parts, outputs, followed, request);
    return groups.map((group) => ({
      group,
      candidates: samples.map(({ prompts }) => candidatesOf(group, request, prompts.length > 0)),
    }));
  }

  /** Denoises groups in lock-step, and tells what each evaluation gives. */
  async *#denoise(
    begun: readonly BegunGroup[],
    beside: Beside,
    request: GenerateRequest,
    tell: (denoised: Record<string, Tensor>) => void = () => {},
  ): AsyncGenerator<Record<string, SampleStep>, Record<string, Tensor>, void> {
    const { steps = DEFAULT_STEPS, signal } = request;
    const samplings: Record<string, Sampling> = {};
    const denoisers: JointDenoiser<string>[] = [];
    for (const { group, beginnings, conditions, known } of begun) {
      const names = group.outputs.map(({ modality }) => modality.name);
      const denoise = await openJointDenoiser(this.#parts, group, {
        conditions,
        batch: beginnings.length,
        beside,
        request,
        known,
      });
      denoisers.push((queries, context) =>
        denoise(Object.fromEntries(names.map((name) => [name, queries[name]!])), context)
      );
      for (const output of group.outputs) {
        const shift = group.listeners.get(output.modality.name)?.shift ?? 1;
        samplings[output.modality.name] = samplingOf(output, beginnings, steps, shift, request);
      }
    }
    const denoise: JointDenoiser<string> = async (queries, context) => {
      const all: Record<string, Tensor> = {};
      for (const one of denoisers) Object.assign(all, await one(queries, context));
      tell(all);
      return all;
    };
    return yield* sampleJointlySteps(denoise, samplings, { signal });
  }

  /**
   * What estimates of a group's outputs are in the shared space, what they say to each other, and what they
   * should fit.
   */
  async #estimates(
    { outputs, listeners }: Group,
    denoised: Readonly<Record<string, Tensor>>,
    { beside: { followed }, conditions, request }: {
      readonly beside: Beside;
      readonly conditions: Conditions;
      readonly request: GenerateRequest;
    },
  ): Promise<Omit<Comparison, "candidates">> {
    const { signal } = request;
    const { positive } = conditions;
    // Prompts are heeded even where guidance ignores them: more candidates are then asked for.
    const { negative } = heededConditions(
      conditions,
      Math.max(...outputs.map((output) => guidanceOf(output, request))),
    );
    const embeddings: Float32Array[][] = [];
    if ([...positive, ...negative].some((one) => one !== undefined)) {
      for (const { modality, autoencoder: { renderer } } of outputs) {
        // Who has no renderer yet tells how to do without.
        const bare = renderer !== undefined && !await this.#parts.has(modality, "renderer");
        const settings = bare ? request.decoding?.[modality.name] : undefined;
        const samples = await this.decode(modality.name, denoised[modality.name]!, {
          signal,
          ...(settings === undefined ? {} : { settings }),
        });
        embeddings.push(await this.#embedAll(modality, samples, signal));
      }
    }
    const fit = { conditions: { positive, negative }, embeddings };
    if (listeners.size === 0) return { ...fit, said: [], followed: [] };
    const globals = (modality: AnyModality, latents: Tensor) =>
      globalsOf(this.#parts, modality, latents, signal);
    return {
      ...fit,
      said: await Promise.all(
        outputs.map(({ modality }) => globals(modality, denoised[modality.name]!)),
      ),
      followed: (await Promise.all(
        followed.map(({ modality, latent }) => globals(modality, latent)),
      )).flat(),
    };
  }

  async #embedAll(
    modality: AnyModality,
    samples: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const { network, feeds } = modality.promptEncoder;
    const running = await this.#parts.open(modality, ["promptEncoder"], network);
    const { embedding } = await running.run(feeds(samples), { signal });
    return rowsIn(embedding!);
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

/** The sampler of an output, with noise that hangs on seed, sample, candidate, modality and step alone. */
function samplingOf(
  { modality: { name }, autoencoder, diffusion }: Output,
  samples: readonly Beginning[],
  steps: number,
  shift: number,
  { sampler = "dpm++", eta = 0 }: GenerateRequest,
): Sampling {
  const shape = [samples.length, ...autoencoder.latentShape];
  const key = {
    seed: samples.map(({ seed }) => seed),
    samples: samples.map(({ number }) => number),
    candidates: samples.map(({ candidate }) => candidate),
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
