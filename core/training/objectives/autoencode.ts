import { input, type Value } from "../../graph/mod.ts";
import { type Autoencoder, LATENT_STATISTICS, openNetwork } from "../../modality/mod.ts";
import { Scope } from "../../nn/mod.ts";
import { random } from "../../random/mod.ts";
import { type Tensor, tensor } from "../../tensor/mod.ts";
import type { Objective, ObjectiveContext, PartPath, PreparedObjective } from "../objective.ts";
import type { OptimizerOptions, TracedLoss } from "../trainer.ts";
import { channelStatistics } from "./channel_statistics.ts";
import { inputsOf } from "./_inputs.ts";
import { feedsOfSamples } from "./_kept_feeds.ts";

/** Samples whose latents' statistics are measured. */
const STATISTICS_SAMPLES = 1024;

/** What an autoencoding objective is made of. */
export interface AutoencodeSpec<Sample> {
  /** The modality's name. */
  readonly modality: string;
  /** Its autoencoder, whose weights the objective makes. */
  readonly autoencoder: Autoencoder<Sample>;
  /**
   * The loss of a batch.
   *
   * @param scope Names the parameters as the autoencoder's networks do.
   * @param inputs What the encoder reads.
   * @param noise Standard normal, [batch, ...latentShape].
   * @returns The loss, and its terms.
   */
  readonly loss: (
    scope: Scope,
    inputs: Readonly<Record<string, Value>>,
    noise: Value,
  ) => TracedLoss;
  /** Samples of a batch. */
  readonly batch: number;
  /** Settings of the shipped run. */
  readonly options: OptimizerOptions;
  /** How many samples' feeds are computed once and kept. @default {none: every batch is drawn anew} */
  readonly scenes?: number;
  /** The axis of a batch of latents that holds their channels. @default {1} */
  readonly channelAxis?: number;
  /** The part whose weights it starts from, of another modality with the same architecture. */
  readonly startsFrom?: PartPath;
}

/**
 * The objective of an autoencoder: the modality alone (CoDi, section 3.3; Rombach et al., 2022,
 * section 3.1). The latents' mean and deviation are measured at the end.
 *
 * @param spec The autoencoder, its loss and settings.
 * @returns The objective `autoencode NAME`.
 */
export function autoencodeObjective<Sample>(spec: AutoencodeSpec<Sample>): Objective {
  const { modality, options, startsFrom } = spec;
  return {
    name: `autoencode ${modality}`,
    stage: "autoencode",
    trains: [`${modality}/autoencoder`],
    freezes: [],
    ...(startsFrom === undefined ? {} : { startsFrom }),
    pairs: [[modality]],
    options,
    prepare: (context) => prepare(context, spec),
  };
}

async function prepare<Sample>(
  context: ObjectiveContext,
  spec: AutoencodeSpec<Sample>,
): Promise<PreparedObjective> {
  const { seed, device } = context;
  const { modality, autoencoder, batch, channelAxis = 1, startsFrom } = spec;
  const { encoder } = autoencoder;
  const scope = new Scope();
  const noiseShape = [batch, ...autoencoder.latentShape];
  const { of, limit } = await feedsOfSamples(
    context,
    modality,
    encoder,
    (samples) => autoencoder.feeds(samples as Sample[]),
    spec.scenes,
  );
  const traced = spec.loss(scope, inputsOf(encoder, batch), input("noise", noiseShape));
  const draw = (count: number, ...key: (string | number)[]) => {
    const stream = random(seed, ...key);
    return { stream, indices: Array.from({ length: count }, () => stream.integer(limit)) };
  };
  return {
    task: {
      scope,
      traced,
      batchSize: batch,
      batch: async (step) => {
        const { stream, indices } = draw(batch, "autoencode", "train", step);
        const noise = tensor(noiseShape);
        stream.fillNormal(noise.data);
        return { ...await of(indices), noise };
      },
      ...(startsFrom === undefined
        ? {}
        : { weights: ownWeights(scope, await context.weights(startsFrom)) }),
    },
    finish: async (weights) => {
      const { indices } = draw(STATISTICS_SAMPLES, "statistics");
      const channels = [1, ...autoencoder.latentShape][channelAxis]!;
      // Latents as they are: of mean 0 and deviation 1 until these are measured.
      const unmeasured = {
        [LATENT_STATISTICS.mean]: tensor([channels]),
        [LATENT_STATISTICS.deviation]: tensor([channels], new Float32Array(channels).fill(1)),
      };
      const running = openNetwork(encoder, { ...weights, ...unmeasured }, device);
      const { latent } = await running.run(await of(indices));
      const { mean, deviation } = channelStatistics(latent!, channelAxis);
      const measured = {
        [LATENT_STATISTICS.mean]: mean,
        [LATENT_STATISTICS.deviation]: deviation,
      };
      return {
        [`${modality}/autoencoder`]: { tensors: { ...weights, ...measured }, metadata: {} },
      };
    },
  };
}

/** The weights of a scope's parameters, without measured statistics. */
function ownWeights(
  scope: Scope,
  weights: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const own = scope.shapes();
  return Object.fromEntries(Object.entries(weights).filter(([name]) => Object.hasOwn(own, name)));
}
