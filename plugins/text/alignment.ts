import {
  abs,
  add,
  exp,
  gather,
  infoNce,
  input,
  log,
  mean,
  minimum,
  mul,
  neg,
  relu,
  sub,
  type Value,
} from "@codi/core/graph";
import { CENTER } from "@codi/core/conditioning";
import { type Modality, SPACE_WIDTH } from "@codi/core/modality";
import { linear, Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import {
  meanEmbedding,
  type Objective,
  type ObjectiveContext,
  type PartWeights,
  type PreparedObjective,
  type TracedLoss,
} from "@codi/core/training";
import { alignmentBatch, BATCH, wordRows } from "./_alignment_batch.ts";
import { TEXT_CONFIG, type TextConfig } from "./config.ts";
import { sentenceEmbedding, textPromptEncoder, wordVectors } from "./prompt_encoder.ts";
import { MAX_WORDS, NGRAMS_PER_WORD } from "./tokenizer.ts";

/** Samples that a modality's mean embedding is measured on. */
const CENTER_SAMPLES = 2048;

/** The other side of the alignment: a network that is trained together with the text encoder. */
export interface AlignedPartner {
  /** Its modality; the prompt encoder's network has one input. */
  readonly modality: Modality;
  /**
   * Its prompt encoder before centring.
   *
   * @param scope Names the parameters, as the prompt encoder's network does.
   * @param input What the network reads, [batch, ...].
   * @returns [batch, SPACE_WIDTH], of length 1.
   */
  readonly embed: (scope: Scope, input: Value) => Value;
}

/**
 * The first alignment (CoDi, section 3.2): text and one other modality together. Besides the contrast
 * of captions with samples, two wordings of one content are contrasted, and what a caption says is
 * recovered from its embedding, so that the bridge carries what *any* modality can show, not only what
 * this one does. Samples that a caption would be true of do not count as negatives.
 *
 * @param partner The other modality, for example pictures.
 * @param config The sizes of the text networks.
 * @returns The objective; it trains both prompt encoders and measures their means.
 *
 * @example What it trains, and what it sees
 * ```ts
 * import { image } from "@codi/image";
 * import { embedPicture } from "@codi/image/training";
 * import { alignText } from "@codi/text/training";
 * import { assertEquals } from "@std/assert";
 *
 * const objective = alignText({ modality: image, embed: embedPicture() });
 * assertEquals(objective.trains, ["text/promptEncoder", "image/promptEncoder"]);
 * assertEquals(objective.pairs, [["text", "text"], ["text", "image"]]);
 * ```
 */
export function alignText(partner: AlignedPartner, config: TextConfig = TEXT_CONFIG): Objective {
  const other = partner.modality.name;
  return {
    name: `align text+${other}`,
    stage: "align",
    trains: ["text/promptEncoder", `${other}/promptEncoder`],
    freezes: [],
    pairs: [["text", "text"], ["text", other]],
    options: { steps: 2500, learningRate: 1.5e-3, warmup: 150, weightDecay: 0.02 },
    prepare: (context) => Promise.resolve(prepare(context, partner, config)),
  };
}

function prepare(
  context: ObjectiveContext,
  partner: AlignedPartner,
  config: TextConfig,
): PreparedObjective {
  const { contentLength, vocabulary } = context.pairs;
  const other = partner.modality.name;
  const scope = new Scope();
  return {
    task: {
      scope,
      traced: alignmentLoss(scope, partner, config, {
        contentLength,
        rows: wordRows(context.pairs),
      }),
      batchSize: BATCH,
      batch: (step) => alignmentBatch(context, partner.modality, step),
    },
    finish: async (weights) => {
      const parts = await measureCenters(
        context,
        partner,
        config,
        weightsBelow(weights, "text"),
        weightsBelow(weights, other),
      );
      return {
        "text/promptEncoder": {
          tensors: parts.text,
          metadata: { vocabulary: vocabulary.join(" ") },
        },
        [`${other}/promptEncoder`]: { tensors: parts.other, metadata: {} },
      };
    },
  };
}

/** InfoNCE across modalities and within text, and the content recovered from captions. */
function alignmentLoss(
  scope: Scope,
  { modality, embed }: AlignedPartner,
  config: TextConfig,
  { contentLength, rows }: { readonly contentLength: number; readonly rows: number },
): TracedLoss {
  const textScope = scope.at("text");
  const buckets = input("buckets", [rows, NGRAMS_PER_WORD], "int64");
  const table = wordVectors(textScope, buckets, config);
  const side = (name: string) =>
    sentenceEmbedding(
      textScope,
      gather(table, input(`${name} words`, [BATCH, MAX_WORDS], "int64")),
      input(`${name} mask`, [BATCH, MAX_WORDS]),
      config,
    );
  const first = side("first");
  const second = side("second");
  const [[name, { shape, dtype }]] = Object.entries(
    modality.promptEncoder.network.inputs(BATCH),
  ) as [[string, Value]];
  const embedded = embed(scope.at(modality.name), input(name, shape, dtype));

  // Learned inverse temperatures, at most 100 as in CLIP.
  const scale = (name: string) => {
    const learned = scope.parameter(`scale.${name}`, [], { deviation: 0 });
    return mul(exp(minimum(learned, Math.log(100 / 14))), 14);
  };
  const masked = (name: string) => input(name, [BATCH, BATCH], "bool");
  const across = infoNce(first, embedded, scale("across"), masked("true of"));
  const within = infoNce(first, second, scale("within"), masked("same content"));
  const loss = add(across, mul(within, 0.5));
  if (contentLength === 0) return { loss, metrics: { across, within } };
  const logits = linear(scope.at("content"), mul(first, 8), contentLength);
  const content = binaryCrossEntropy(logits, input("content", [BATCH, contentLength]));
  return { loss: add(loss, mul(content, 10)), metrics: { across, within, content } };
}

/** The mean of log(1 + e^x) − x·y: binary cross-entropy on logits, without overflow. */
function binaryCrossEntropy(logits: Value, targets: Value): Value {
  const softplus = add(relu(logits), log(add(exp(neg(abs(logits))), 1)));
  return mean(sub(softplus, mul(logits, targets)));
}

/** The weights below a name, without it, and a mean that is not measured yet. */
function weightsBelow(
  weights: Readonly<Record<string, Tensor>>,
  name: string,
): PartWeights["tensors"] {
  const prefix = `${name}.`;
  const own = Object.entries(weights).filter(([key]) => key.startsWith(prefix));
  return {
    ...Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])),
    [CENTER]: tensor([SPACE_WIDTH]),
  };
}

/** Both sides' weights with their means over the training split, which centring then takes away. */
async function measureCenters(
  { pairs, seed, size, device }: ObjectiveContext,
  { modality }: AlignedPartner,
  config: TextConfig,
  text: PartWeights["tensors"],
  other: PartWeights["tensors"],
): Promise<{ readonly text: PartWeights["tensors"]; readonly other: PartWeights["tensors"] }> {
  const draw = random(seed, "center");
  const limit = Math.min(size, 1e9);
  const indices = Array.from({ length: CENTER_SAMPLES }, () => draw.integer(limit));
  const captions = indices.map((index) => pairs.caption("train", index, draw.integer(1e6)).text);
  const samples = await Promise.all(
    indices.map((index) => pairs.sample(modality.name, "train", index)),
  );
  const ours = textPromptEncoder(config);
  const theirs = modality.promptEncoder;
  return {
    text: {
      ...text,
      [CENTER]: await meanEmbedding(ours.network, text, ours.feeds(captions), device),
    },
    other: {
      ...other,
      [CENTER]: await meanEmbedding(theirs.network, other, theirs.feeds(samples), device),
    },
  };
}
