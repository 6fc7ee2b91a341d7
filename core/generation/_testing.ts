/** What the tests of generation share: modalities of four numbers, with weights in a folder. */

import { join, toFileUrl } from "@std/path";
import type { PredictionType } from "../diffusion/mod.ts";
import { environmentInputs, SLOTS } from "../environment/mod.ts";
import { add, broadcastTo, max, mean, mul, reshape, sub, tanh, type Value } from "../graph/mod.ts";
import {
  defineModality,
  type Modality,
  type Network,
  type PartName,
  predictionInputs,
  type PromptEncoder,
  SPACE_WIDTH,
  traceNetwork,
} from "../modality/mod.ts";
import { contextTokens, linear, multiHeadAttention, normalizeLength, Scope } from "../nn/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { writeWeights } from "../weights/mod.ts";

/** A sample of every test modality. */
export type Numbers = readonly number[];

/** Options of a test modality. */
export interface NumbersOptions {
  /** The folder of its weights; they are written by {@linkcode writeParts}. */
  readonly folder: string;
  /** What its diffusion network predicts. @default {"v"} */
  readonly prediction?: PredictionType;
  /** Whether it only prompts. @default {false} */
  readonly promptOnly?: boolean;
  /** The shared space. @default {"space-1"} */
  readonly space?: string;
  /** Whether prompts stand side by side in its diffusion network. @default {false} */
  readonly sideBySide?: boolean;
  /** Whether it is the bridge. @default {false} */
  readonly bridge?: boolean;
  /** Whether it hears the other outputs and is heard. @default {false} */
  readonly hears?: boolean;
  /** Where its weights are. @default {all parts in the folder} */
  readonly weights?: Partial<Record<PartName, URL>>;
  /** What a user should know of a prompt. */
  readonly notices?: PromptEncoder<Numbers>["notices"];
}

/** Samples side by side: [samples, 4]. */
function rows(samples: readonly Numbers[]): Tensor {
  return tensor([samples.length, 4], Float32Array.from(samples.flat()));
}

/** The file of a part. */
export function partPath(folder: string, name: string, part: PartName): string {
  return join(folder, `${name}.${part}.safetensors`);
}

/** A modality whose samples are four numbers and whose latents are [2, 2]. */
export function numbers<Name extends string>(
  name: Name,
  options: NumbersOptions,
): Modality<Name, Numbers> {
  const { folder, prediction = "v", promptOnly = false, sideBySide = false } = options;
  const url = (part: PartName) => toFileUrl(partPath(folder, name, part));
  const network = (what: string, inputs: Network["inputs"], trace: Network["trace"]): Network => ({
    name: `${name} ${what}`,
    inputs,
    trace,
  });
  const predict = sideBySide ? attendingPrediction : numbersPrediction;
  const sampleInput: Network["inputs"] = (batch) => ({
    sample: { shape: [batch, 4], dtype: "float32" },
  });
  const feeds = (samples: readonly Numbers[]) => ({ sample: rows(samples) });
  return defineModality<Name, Numbers>({
    name,
    version: "1.0.0",
    space: options.space ?? "space-1",
    bridge: options.bridge ?? false,
    codec: {
      reads: ["application/json"],
      writes: "application/json",
      extension: ".json",
      decode: (bytes) => Promise.resolve(JSON.parse(new TextDecoder().decode(bytes))),
      encode: (sample) => Promise.resolve(new TextEncoder().encode(JSON.stringify(sample))),
    },
    promptEncoder: {
      network: network("prompt encoder", sampleInput, (scope, { sample }) => ({
        embedding: normalizeLength(linear(scope, sample!, SPACE_WIDTH, { bias: false })),
      })),
      feeds,
      ...(options.notices && { notices: options.notices }),
    },
    ...(promptOnly ? {} : {
      autoencoder: {
        latentShape: [2, 2],
        encoder: network("encoder", sampleInput, (scope, { sample }) => ({
          latent: reshape(linear(scope.at("encoder"), sample!, 4), [-1, 2, 2]),
        })),
        decoder: network("decoder", (batch) => ({
          latent: { shape: [batch, 2, 2], dtype: "float32" },
        }), (scope, { latent }) => ({
          sample: linear(scope.at("decoder"), reshape(latent!, [-1, 4]), 4),
        })),
        feeds,
        regionMask: (region) =>
          tensor(
            [2, 2],
            Float32Array.from({ length: 4 }, (_, i) => region.includes(`${i}`) ? 1 : 0),
          ),
        latentMask: ({ data }) => tensor([2, 2], data),
        decode: async (decoder, latents, signal) => {
          const { sample } = await decoder.run({ latent: latents }, signal);
          return Array.from(
            { length: sample!.shape[0]! },
            (_, row) => [...sample!.data.subarray(4 * row, 4 * row + 4)],
          );
        },
      },
      diffusion: {
        network: network("UNet", (batch) => ({
          z: { shape: [batch, 2, 2], dtype: "float32" },
          timestep: { shape: [batch], dtype: "float32" },
          condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
          present: { shape: [batch], dtype: "float32" },
        }), (scope, inputs) => ({ prediction: predict(scope, inputs) })),
        prediction,
        schedule: { name: "cosine", options: {} },
        guidance: 2,
        sideBySide,
      },
      environment: {
        timed: name === "tune",
        guidance: 3,
        encoder: network("environment encoder", (batch) => ({
          z: { shape: [batch, 2, 2], dtype: "float32" },
          timestep: { shape: [batch], dtype: "float32" },
        }), (scope, { z, timestep }) => {
          const batch = z!.shape[0]!;
          const seen = add(reshape(z!, [-1, 4]), mul(reshape(timestep!, [-1, 1]), 1e-3));
          const global = linear(scope.at("says"), seen, 64);
          const slots = broadcastTo(reshape(tanh(global), [batch, 1, 64]), [batch, SLOTS, 64]);
          return { global, ...(name === "tune" && { slots }) };
        }),
        joint: network("UNet with environment", (batch) => ({
          z: { shape: [batch, 2, 2], dtype: "float32" },
          timestep: { shape: [batch], dtype: "float32" },
          condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
          present: { shape: [batch], dtype: "float32" },
          ...environmentInputs(batch),
        }), (scope, { global, slots, heard, ...inputs }) => {
          const whole = linear(scope.at("hears"), add(global!, mean(slots!, [1])), 4, {
            bias: false,
          });
          const any = max(heard!, [1], { keep: true });
          const added = reshape(mul(whole, any), [-1, 2, 2]);
          return { prediction: add(predict(scope, inputs), added) };
        }),
      },
    }),
    weights: options.weights ?? {
      promptEncoder: url("promptEncoder"),
      ...(promptOnly ? {} : { autoencoder: url("autoencoder"), diffusion: url("diffusion") }),
      ...(options.hears && { environment: url("environment") }),
    },
  });
}

/** The prediction from condition, timestep and latent. */
function numbersPrediction(
  scope: Scope,
  { z, timestep, condition, present }: Readonly<Record<string, Value>>,
): Value {
  const flag = reshape(present!, [-1, 1]);
  const none = scope.parameter("none", [1, 4], { deviation: 1 });
  const prompt = linear(scope.at("condition"), condition!, 4, { bias: false });
  const time = linear(scope.at("time"), mul(reshape(timestep!, [-1, 1]), 1e-3), 4);
  const latent = linear(scope.at("z"), reshape(z!, [-1, 4]), 4, { bias: false });
  const seen = add(mul(mul(prompt, flag), 16), mul(none, sub(1, flag)));
  return reshape(add(seen, tanh(add(latent, time))), [-1, 2, 2]);
}

/** The same, and what the latent's rows find among the context tokens. */
function attendingPrediction(scope: Scope, inputs: Readonly<Record<string, Value>>): Value {
  const { z, present, ...prompt } = predictionInputs(inputs);
  const { context, contextBias } = contextTokens(scope.at("context"), prompt, 2, 4);
  const found = multiHeadAttention(scope.at("cross"), z, {
    context: mul(context, mul(reshape(present, [-1, 1, 1]), 16)),
    heads: 1,
    ...(contextBias && { bias: contextBias }),
  });
  return add(numbersPrediction(scope, inputs), found);
}

/** Random weights of all networks of a part. */
export function partWeights(
  modality: Modality<string, Numbers>,
  part: PartName,
): Record<string, Tensor> {
  const { promptEncoder, autoencoder, diffusion, environment } = modality;
  const scope = new Scope();
  const networks = part === "promptEncoder"
    ? [promptEncoder.network]
    : part === "autoencoder"
    ? [autoencoder!.encoder, autoencoder!.decoder]
    : part === "environment"
    ? [environment!.encoder, environment!.joint]
    : [diffusion!.network];
  for (const each of networks) traceNetwork(each, scope, 1);
  const weights = scope.initialWeights(modality.name.length);
  if (part === "environment") {
    for (const name of Object.keys(partWeights(modality, "diffusion"))) delete weights[name];
  }
  return weights;
}

/** Writes the weights of all parts of modalities. */
export async function writeParts(
  folder: string,
  modalities: readonly Modality<string, Numbers>[],
): Promise<void> {
  for (const modality of modalities) {
    const parts: PartName[] = modality.diffusion
      ? ["promptEncoder", "autoencoder", "diffusion", "environment"]
      : ["promptEncoder"];
    for (const part of parts) {
      await writeWeights(partPath(folder, modality.name, part), partWeights(modality, part), {
        metadata: { space: modality.space, vocabulary: "one two" },
      });
    }
  }
}

/** Runs a test with two modalities that are generated and a bridge that only prompts. */
export async function withModalities(
  test: (given: {
    readonly folder: string;
    readonly words: Modality<"words", Numbers>;
    readonly sketch: Modality<"sketch", Numbers>;
    readonly tune: Modality<"tune", Numbers>;
  }) => Promise<void>,
  options: Partial<NumbersOptions> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "codi-generation-" });
  try {
    const words = numbers("words", { folder, promptOnly: true, bridge: true });
    const sketch = numbers("sketch", { folder, ...options });
    const tune = numbers("tune", { folder, ...options });
    await writeParts(folder, [words, sketch, tune]);
    await test({ folder, words, sketch, tune });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
