import { CENTER } from "../../conditioning/mod.ts";
import { exp, infoNce, input, minimum, mul, type Value } from "../../graph/mod.ts";
import { type AnyModality, type Feeds, openNetwork, SPACE_WIDTH } from "../../modality/mod.ts";
import { Scope } from "../../nn/mod.ts";
import { random } from "../../random/mod.ts";
import { tensor } from "../../tensor/mod.ts";
import type { DatasetSplit } from "../dataset.ts";
import type { Objective, ObjectiveContext, PreparedObjective } from "../objective.ts";
import type { OptimizerOptions } from "../trainer.ts";
import { inputsOf } from "./_inputs.ts";
import { feedsOfSamples } from "./_kept_feeds.ts";
import { meanEmbedding } from "./mean_embedding.ts";

/** Samples that the mean embedding is measured on. */
const CENTER_SAMPLES = 2048;

/** What an alignment with a frozen bridge is made of. */
export interface AlignSpec {
  /** The modality; the objective makes the weights of its prompt encoder. */
  readonly modality: AnyModality;
  /** The modality of the captions, whose prompt encoder is frozen. */
  readonly bridge: AnyModality;
  /**
   * The embedding before centring.
   *
   * @param scope Names the parameters as the prompt encoder's network does.
   * @param inputs What that network reads.
   * @returns [batch, SPACE_WIDTH], of length 1.
   */
  readonly embed: (scope: Scope, inputs: Readonly<Record<string, Value>>) => Value;
  /** Samples of a batch. */
  readonly batch: number;
  /** Settings of the shipped run. */
  readonly options: OptimizerOptions;
  /** How many samples' feeds are computed once and kept. @default {none: every batch is drawn anew} */
  readonly scenes?: number;
}

/**
 * The alignment of a modality with the frozen bridge (CoDi, section 3.2): symmetric InfoNCE between
 * samples and their captions. Samples that a caption would be true of do not count as negatives.
 *
 * @param spec The modality, the bridge and settings.
 * @returns The objective `align NAME`; it measures the mean embedding at the end.
 */
export function alignObjective(spec: AlignSpec): Objective {
  const { modality: { name }, bridge, options } = spec;
  return {
    name: `align ${name}`,
    stage: "align",
    trains: [`${name}/promptEncoder`],
    freezes: [`${bridge.name}/promptEncoder`],
    pairs: [[bridge.name, name]],
    options,
    prepare: (context) => prepare(context, spec),
  };
}

async function prepare(context: ObjectiveContext, spec: AlignSpec): Promise<PreparedObjective> {
  const { seed, device, weights: frozen } = context;
  const { modality: { name, promptEncoder }, bridge, batch } = spec;
  const pairs = context.pair(bridge.name, name);
  const captionEncoder = openNetwork(
    bridge.promptEncoder.network,
    await frozen(`${bridge.name}/promptEncoder`),
    device,
  );
  const { of, limit } = await feedsOfSamples(
    context,
    name,
    promptEncoder.network,
    (samples) => promptEncoder.feeds(samples),
    spec.scenes,
  );
  const scope = new Scope();
  const embedded = spec.embed(scope, inputsOf(promptEncoder.network, batch));
  // A learned inverse temperature, at most 100 as in CLIP; it is no weight of the encoder.
  const scale = mul(
    exp(minimum(scope.parameter("scale", [], { deviation: 0 }), Math.log(100 / 14))),
    14,
  );
  const captions = input("captions", [batch, SPACE_WIDTH]);
  const loss = infoNce(captions, embedded, scale, input("true of", [batch, batch], "bool"));

  const batchOf = async (split: DatasetSplit, step: number): Promise<Feeds> => {
    const draw = random(seed, "align", name, split, step);
    const indices = Array.from({ length: batch }, () => draw.integer(limit));
    const said = indices.map((index) => pairs.caption(split, index, draw.integer(1e6)));
    const texts = bridge.promptEncoder.feeds(said.map(({ text }) => text));
    const { embedding } = await captionEncoder.run(texts);
    const trueOf = new Uint8Array(batch * batch);
    said.forEach((caption, row) =>
      indices.forEach((index, column) => {
        if (row !== column && pairs.describes(caption, name, split, index)) {
          trueOf[row * batch + column] = 1;
        }
      })
    );
    return {
      ...await of(indices),
      captions: embedding!,
      "true of": { shape: [batch, batch], data: trueOf },
    };
  };
  return {
    task: { scope, traced: { loss }, batchSize: batch, batch: (step) => batchOf("train", step) },
    finish: async ({ scale: _, ...weights }) => {
      const draw = random(seed, "center", name);
      const indices = Array.from({ length: CENTER_SAMPLES }, () => draw.integer(limit));
      const uncentered = { ...weights, [CENTER]: tensor([SPACE_WIDTH]) };
      const { network } = promptEncoder;
      const center = await meanEmbedding(network, uncentered, await of(indices), device);
      const tensors = { ...weights, [CENTER]: center };
      return { [`${name}/promptEncoder`]: { tensors, metadata: {} } };
    },
  };
}
