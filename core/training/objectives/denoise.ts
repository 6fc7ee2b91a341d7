import { input } from "../../graph/mod.ts";
import { type AnyModality, type Autoencoder, openNetwork, scheduleOf } from "../../modality/mod.ts";
import { Scope } from "../../nn/mod.ts";
import type { Tensor } from "../../tensor/mod.ts";
import type { DatasetSplit } from "../dataset.ts";
import type { Objective, ObjectiveContext, PartPath, PreparedObjective } from "../objective.ts";
import type { OptimizerOptions } from "../trainer.ts";
import { denoisingLoss } from "./_denoising_loss.ts";
import { inputsOf } from "./_inputs.ts";
import { denoisingBatch, type EncodedSamples } from "./denoising_batch.ts";
import { inPieces } from "./in_pieces.ts";

/** Captions per scene, of different wording and mention. */
const CAPTIONS = 3;
/** How often the prompt is a caption and how often the sample itself. */
const SHARES = { caption: 0.8, sample: 0.2 } as const;
/** How often two captions of one scene are mixed, of the times that captions prompt. */
const MIXED = 0.3;
/** Batches that the averaged weights are judged on. */
const VALIDATION_BATCHES = 4;

/** What a denoising objective is made of. */
export interface DenoiseSpec {
  /** The modality, with autoencoder and diffusion network; the objective makes the latter's weights. */
  readonly modality: AnyModality;
  /** The modality of the captions. */
  readonly bridge: AnyModality;
  /** Samples of a batch. */
  readonly batch: number;
  /** Settings of the shipped run. */
  readonly options: OptimizerOptions;
  /**
   * How far training crowds where there is more noise, as `shiftedTime` has it: where a latent repeats
   * itself, across frames or bands, what happens in it is settled early. Validation does not.
   *
   * @default {1}
   */
  readonly shift?: number;
  /**
   * How many of a scene's three captions mention all they can. What takes long to learn is asked for
   * more often so.
   *
   * @default {0}
   */
  readonly wholeCaptions?: number;
  /**
   * The deviation of noise on each of the 256 numbers of a prompt vector, whose length is 1. It bridges
   * the gap between modalities: with more of it, prompts that training never pairs with this modality
   * are read better.
   *
   * @default {0.015}
   */
  readonly promptNoise?: number;
  /**
   * An axis of the latent, the batch not counted, along which it should change rightly: what differs
   * from the mean along it counts so many times more. A clip is mostly what stays; that it moves, and
   * when, is little of its loss.
   *
   * @default {everything counts alike}
   */
  readonly change?: { readonly axis: number; readonly weight: number };
  /** Scenes that are encoded before training, and those for validation. */
  readonly scenes: Readonly<Record<DatasetSplit, number>>;
  /** The objective's name. @default {`denoise NAME`} */
  readonly name?: string;
  /** A part whose weights stay as they are in this network, by name. */
  readonly holds?: PartPath;
  /** The part whose weights it starts from, if not from drawn ones. */
  readonly startsFrom?: PartPath;
}

/**
 * The objective of a diffusion network: latents with the prompt of a caption or of the sample itself
 * (CoDi, section 3.3). Mixes of captions of one scene teach it superposition.
 *
 * @param spec The modality, the bridge and settings.
 * @returns The objective; it freezes the autoencoder and both prompt encoders.
 * @throws {RangeError} If the modality only prompts.
 */
export function denoiseObjective(spec: DenoiseSpec): Objective {
  const { modality: { name, autoencoder, diffusion }, bridge, options, holds, startsFrom } = spec;
  if (autoencoder === undefined || diffusion === undefined) {
    throw new RangeError(`Cannot denoise "${name}": the plugin reads it only as a prompt`);
  }
  return {
    name: spec.name ?? `denoise ${name}`,
    stage: "denoise",
    trains: [`${name}/diffusion`],
    freezes: [
      `${name}/autoencoder`,
      `${name}/promptEncoder`,
      `${bridge.name}/promptEncoder`,
      ...(holds === undefined ? [] : [holds]),
    ],
    ...(startsFrom === undefined ? {} : { startsFrom }),
    pairs: [[name, bridge.name], [name, name]],
    options,
    prepare: (context) => prepare(context, spec, autoencoder),
  };
}

async function prepare(
  context: ObjectiveContext,
  spec: DenoiseSpec,
  autoencoder: Autoencoder<unknown>,
): Promise<PreparedObjective> {
  const { seed, size, weights } = context;
  const { modality, batch, scenes, holds, startsFrom, shift = 1, promptNoise } = spec;
  const diffusion = modality.diffusion!;
  const encode = await openEncoder(context, spec, autoencoder);
  const train = await encode("train", Math.min(scenes.train, size));
  const test = await encode("test", Math.min(scenes.test, size));
  const schedule = scheduleOf(diffusion);
  const { prediction: predicts } = diffusion;
  const drawn = {
    schedule,
    batch,
    prediction: predicts,
    ...(promptNoise === undefined ? {} : { promptNoise }),
  };
  const scope = new Scope();
  const { prediction } = diffusion.network.trace(scope, inputsOf(diffusion.network, batch));
  const target = input("target", [batch, ...autoencoder.latentShape]);
  const shapes = scope.shapes();
  const known = (all: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(shapes, name)));
  const frozen = holds === undefined ? {} : known(await weights(holds));
  const start = startsFrom === undefined ? {} : known(await weights(startsFrom));
  return {
    task: {
      scope,
      traced: { loss: denoisingLoss(prediction!, target, spec.change) },
      batchSize: batch,
      batch: (step) => denoisingBatch(train, { ...drawn, shift }, seed, "train", step),
      validation: Array.from(
        { length: VALIDATION_BATCHES },
        (_, step) => denoisingBatch(test, drawn, seed, "test", step),
      ),
      ...(holds === undefined ? {} : { frozen }),
      ...(startsFrom === undefined
        ? {}
        : { weights: without({ ...scope.initialWeights(seed), ...start }, frozen) }),
    },
    finish: (trained) =>
      Promise.resolve({
        [`${modality.name}/diffusion`]: { tensors: { ...frozen, ...trained }, metadata: {} },
      }),
  };
}

/** The tensors whose names others do not have. */
function without(
  tensors: Readonly<Record<string, Tensor>>,
  others: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).filter(([name]) => !Object.hasOwn(others, name)),
  );
}

/** Opens the frozen networks; what it gives encodes the first scenes of a split. */
async function openEncoder(
  context: ObjectiveContext,
  { modality, bridge, wholeCaptions = 0 }: DenoiseSpec,
  autoencoder: Autoencoder<unknown>,
): Promise<(split: DatasetSplit, scenes: number) => Promise<EncodedSamples>> {
  const { pair, device, weights, cached, signal } = context;
  const { name, promptEncoder } = modality;
  const open = async (part: PartPath, network: Parameters<typeof openNetwork>[0]) =>
    openNetwork(network, await weights(part), device);
  const latentEncoder = await open(`${name}/autoencoder`, autoencoder.encoder);
  const sampleEncoder = await open(`${name}/promptEncoder`, promptEncoder.network);
  const captionEncoder = await open(`${bridge.name}/promptEncoder`, bridge.promptEncoder.network);
  const own = pair(name);
  const described = pair(name, bridge.name);
  const samples = (split: DatasetSplit, indices: readonly number[]) =>
    Promise.all(indices.map((index) => own.sample(name, split, index)));

  return async (split, scenes) => {
    const encoded = (
      what: string,
      key: string,
      count: number,
      part: PartPath,
      run: Parameters<typeof inPieces>[3],
    ) => cached(key, () => inPieces(context, `encoding ${split} ${what}`, count, run), [part]);
    const latents = await encoded(
      "latents",
      `latents ${split} ${scenes}`,
      scenes,
      `${name}/autoencoder`,
      async (indices) => {
        const feeds = autoencoder.feeds(await samples(split, indices));
        return (await latentEncoder.run(feeds, { signal }))["latent"]!;
      },
    );
    const prompts = await encoded(
      "prompts",
      `prompts ${split} ${scenes}`,
      scenes,
      `${name}/promptEncoder`,
      async (indices) => {
        const feeds = promptEncoder.feeds(await samples(split, indices));
        return (await sampleEncoder.run(feeds, { signal }))["embedding"]!;
      },
    );
    const captions = await encoded(
      "captions",
      `captions ${split} ${scenes} ${CAPTIONS}${
        wholeCaptions > 0 ? ` ${wholeCaptions} whole` : ""
      }`,
      scenes * CAPTIONS,
      `${bridge.name}/promptEncoder`,
      async (places) => {
        const texts = places.map((place) => {
          const wording = place % CAPTIONS;
          const scene = Math.floor(place / CAPTIONS);
          return described.caption(split, scene, wording, wording < wholeCaptions).text;
        });
        const feeds = bridge.promptEncoder.feeds(texts);
        return (await captionEncoder.run(feeds, { signal }))["embedding"]!;
      },
    );
    return {
      latents,
      prompts: [
        { embeddings: captions, perSample: CAPTIONS, share: SHARES.caption, mixed: MIXED },
        { embeddings: prompts, perSample: 1, share: SHARES.sample },
      ],
    };
  };
}
