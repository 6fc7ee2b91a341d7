import { add, exp, input, mul } from "@codi/core/graph";
import { LATENT_STATISTICS, openNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { tensor } from "@codi/core/tensor";
import {
  channelStatistics,
  type DatasetSplit,
  type Objective,
  type ObjectiveContext,
  type PreparedObjective,
  type TracedLoss,
} from "@codi/core/training";
import { captionsOf } from "./_captions.ts";
import { sentenceBatch } from "./_sentence_batch.ts";
import { negativeLikelihood, posteriorOf } from "./_sentence_loss.ts";
import { divergenceTerm, SPELLING, textAutoencoder } from "./autoencoder.ts";
import { type SentenceConfig, TEXT_CONFIG, type TextConfig } from "./config.ts";
import { spellingTable, type Vocabulary, vocabularyOf } from "./vocabulary.ts";

const BATCH = 64;
/** Batches that the averaged weights are judged on. */
const VALIDATION_BATCHES = 2;
/** Sentences whose latents' statistics are measured. */
const STATISTICS_SENTENCES = 4096;

/**
 * The sentence autoencoder: captions alone (CoDi, section 3.3; Li et al., 2020, *Optimus*). The
 * captions' words become the vocabulary that the decoder writes with.
 *
 * @param config The sizes of the text networks.
 * @returns The objective; it trains the autoencoder and measures its latents.
 * @throws {RangeError} If the text only prompts.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { autoencodeText } from "@codi/text/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, pairs } = autoencodeText();
 * assertEquals([trains, pairs], [["text/autoencoder"], [["text"]]]);
 * ```
 */
export function autoencodeText({ sentences }: TextConfig = TEXT_CONFIG): Objective {
  if (sentences === undefined) {
    throw new RangeError('Cannot autoencode "text": its networks only prompt');
  }
  return {
    name: "autoencode text",
    stage: "autoencode",
    trains: ["text/autoencoder"],
    freezes: [],
    pairs: [["text"]],
    options: { steps: 3000, learningRate: 2e-3, warmup: 200 },
    prepare: (context) => Promise.resolve(prepare(context, sentences)),
  };
}

function prepare(context: ObjectiveContext, config: SentenceConfig): PreparedObjective {
  const { device } = context;
  const vocabulary = vocabularyOf(context.pair("text").vocabulary);
  const scope = new Scope();
  const captions = captionsOf(context);
  const batch = (split: DatasetSplit, step: number) => {
    const { texts, draw } = captions(split, BATCH, step);
    return sentenceBatch(texts, vocabulary, config.latentChannels, draw);
  };
  return {
    task: {
      scope,
      traced: autoencoderLoss(scope, vocabulary, config),
      batchSize: BATCH,
      batch: (step) => batch("train", step),
      validation: Array.from({ length: VALIDATION_BATCHES }, (_, step) => batch("test", step)),
    },
    finish: async (weights) => {
      const channels = config.latentChannels;
      // Latents as they are: of mean 0 and deviation 1 until these are measured.
      const unmeasured = {
        [LATENT_STATISTICS.mean]: tensor([channels]),
        [LATENT_STATISTICS.deviation]: tensor([channels], new Float32Array(channels).fill(1)),
      };
      const autoencoder = textAutoencoder(config);
      const running = openNetwork(autoencoder.encoder, { ...weights, ...unmeasured }, device);
      const { texts } = captions("train", STATISTICS_SENTENCES, "statistics");
      const { latent } = await running.run(autoencoder.feeds(texts));
      const { mean, deviation } = channelStatistics(latent!);
      const tensors = {
        ...weights,
        [LATENT_STATISTICS.mean]: mean,
        [LATENT_STATISTICS.deviation]: deviation,
        [SPELLING]: spellingTable(vocabulary),
      };
      return { "text/autoencoder": { tensors, metadata: {} } };
    },
  };
}

/** The likelihood of the next token, and the divergence from the prior. */
function autoencoderLoss(
  scope: Scope,
  vocabulary: Vocabulary,
  config: SentenceConfig,
): TracedLoss {
  const posterior = posteriorOf(scope, vocabulary, BATCH, config);
  const noise = input("noise", [BATCH, config.latentChannels]);
  const latent = add(posterior.mean, mul(exp(mul(posterior.logVariance, 0.5)), noise));
  const likelihood = negativeLikelihood(scope, latent, vocabulary, config);
  const { term, divergence } = divergenceTerm(posterior);
  return { loss: add(likelihood, term), metrics: { likelihood, divergence } };
}
