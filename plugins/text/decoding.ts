import { add, input } from "@codi/core/graph";
import { LATENT_STATISTICS, originalLatent, standardizedLatent } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import type { Tensor } from "@codi/core/tensor";
import type {
  DatasetSplit,
  Objective,
  ObjectiveContext,
  PreparedObjective,
} from "@codi/core/training";
import { captionsOf } from "./_captions.ts";
import { sentenceBatch } from "./_sentence_batch.ts";
import { negativeLikelihood, posteriorOf } from "./_sentence_loss.ts";
import { SPELLING } from "./autoencoder.ts";
import { type SentenceConfig, TEXT_CONFIG, type TextConfig } from "./config.ts";
import { spellingTable, vocabularyOf } from "./vocabulary.ts";

const BATCH = 96;
/** Batches that the averaged weights are judged on. */
const VALIDATION_BATCHES = 2;
/** The most noise on a latent, in its own deviations: as far off as a diffusion network may be. */
const SPREAD = 1;
/** How often a word is hidden: seldom, so that the words before count where the latent is in doubt. */
const HIDDEN = 0.05;

/** The weights that stay as they are. */
function stays(name: string): boolean {
  return name.startsWith("encoder.") || Object.values<string>(LATENT_STATISTICS).includes(name);
}

/**
 * The sentence decoder once more, on noisy latents: it learns to write whole sentences where a
 * diffusion network, too, leaves a latent between two of them. The encoder stays as it is, and so do
 * all latents.
 *
 * @param config The sizes of the text networks.
 * @returns The objective; it goes on from the autoencoder's weights.
 * @throws {RangeError} If the text only prompts.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { autoencodeTextNoisy } from "@codi/text/training";
 * import { assertEquals } from "@std/assert";
 *
 * const { trains, startsFrom, pairs } = autoencodeTextNoisy();
 * assertEquals([trains, startsFrom], [["text/autoencoder"], "text/autoencoder"]);
 * assertEquals(pairs, [["text"]]);
 * ```
 */
export function autoencodeTextNoisy({ sentences }: TextConfig = TEXT_CONFIG): Objective {
  if (sentences === undefined) {
    throw new RangeError('Cannot autoencode "text": its networks only prompt');
  }
  return {
    name: "autoencode text noisy",
    stage: "autoencode",
    trains: ["text/autoencoder"],
    freezes: [],
    startsFrom: "text/autoencoder",
    pairs: [["text"]],
    options: { steps: 2500, learningRate: 1e-3, warmup: 100 },
    prepare: (context) => prepare(context, sentences),
  };
}

async function prepare(
  context: ObjectiveContext,
  config: SentenceConfig,
): Promise<PreparedObjective> {
  const vocabulary = vocabularyOf(context.pair("text").vocabulary);
  const captions = captionsOf(context);
  const scope = new Scope();
  const { mean } = posteriorOf(scope, vocabulary, BATCH, config);
  const noisy = add(
    standardizedLatent(scope, mean),
    input("noise", [BATCH, config.latentChannels]),
  );
  const loss = negativeLikelihood(scope, originalLatent(scope, noisy), vocabulary, config);
  const known = Object.entries(await context.weights("text/autoencoder"));
  const frozen = Object.fromEntries(known.filter(([name]) => stays(name)));
  const names = scope.shapes();
  const weights: Record<string, Tensor> = Object.fromEntries(
    known.filter(([name]) => Object.hasOwn(names, name) && !stays(name)),
  );
  const batch = (split: DatasetSplit, step: number) => {
    const { texts, draw } = captions(split, BATCH, step);
    const disturbance = { hidden: HIDDEN, spread: SPREAD };
    return sentenceBatch(texts, vocabulary, config.latentChannels, draw, disturbance);
  };
  return {
    task: {
      scope,
      traced: { loss },
      batchSize: BATCH,
      batch: (step) => batch("train", step),
      validation: Array.from({ length: VALIDATION_BATCHES }, (_, step) => batch("test", step)),
      weights,
      frozen,
    },
    finish: (trained) => {
      const tensors = { ...frozen, ...trained, [SPELLING]: spellingTable(vocabulary) };
      return Promise.resolve({ "text/autoencoder": { tensors, metadata: {} } });
    },
  };
}
