import {
  abs,
  add,
  exp,
  gather,
  infoNce,
  input,
  log,
  matmul,
  mean,
  minimum,
  mul,
  neg,
  relu,
  sub,
  type Value,
} from "@codi/core/graph";
import { CENTER } from "@codi/core/conditioning";
import { type Modality, openNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { linear, Scope } from "@codi/core/nn";
import { type Random, random } from "@codi/core/random";
import type { Feed } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import type {
  CaptionSample,
  Objective,
  ObjectiveContext,
  PreparedObjective,
} from "@codi/core/training";
import {
  sentenceEmbedding,
  TEXT_CONFIG,
  type TextConfig,
  textPromptEncoder,
  wordVectors,
} from "./prompt_encoder.ts";
import { MAX_WORDS, NGRAMS_PER_WORD, splitWords, wordBuckets } from "./tokenizer.ts";

const BATCH = 96;
/** Room for the different words of a batch. */
const BATCH_WORDS = 512;
/** How often a word of a training caption is misspelt. */
const TYPO = 0.04;

/** The other side of the alignment: a network that is trained together with the text encoder. */
export interface AlignedPartner {
  /** Its name, as pairs and weights give it. */
  readonly modality: Modality;
  /** The embedding before centring, [batch, SPACE_WIDTH], of length 1. */
  readonly embed: (scope: Scope, input: Value) => Value;
}

/** A word with one letter swapped, dropped or doubled. */
function misspell(word: string, draw: Random): string {
  const letters = [...word];
  if (letters.length < 4) return word;
  const place = draw.integer(letters.length - 1);
  const kind = draw.integer(3);
  if (kind === 0) [letters[place], letters[place + 1]] = [letters[place + 1]!, letters[place]!];
  else if (kind === 1) letters.splice(place, 1);
  else letters.splice(place, 0, letters[place]!);
  return letters.join("");
}

/** Captions as indices into a table of the batch's words, so that each word is embedded once. */
function wordTable(batches: readonly (readonly CaptionSample[])[], draw: Random): {
  buckets: Feed;
  sides: { indices: Feed; mask: Feed }[];
} {
  const places = new Map<string, number>([["", 0]]);
  const sides = batches.map((captions) => {
    const indices = new Int32Array(captions.length * MAX_WORDS);
    const mask = new Float32Array(captions.length * MAX_WORDS);
    captions.forEach(({ text }, row) => {
      splitWords(text).slice(0, MAX_WORDS).forEach((original, column) => {
        let word = original;
        if (draw.uniform() < TYPO) {
          const wrong = misspell(original, draw);
          if (places.has(wrong) || places.size < BATCH_WORDS) word = wrong;
        }
        let place = places.get(word);
        if (place === undefined) {
          place = places.size < BATCH_WORDS ? places.size : 0;
          if (place > 0) places.set(word, place);
        }
        indices[row * MAX_WORDS + column] = place;
        mask[row * MAX_WORDS + column] = 1;
      });
    });
    return {
      indices: { shape: [captions.length, MAX_WORDS], data: indices },
      mask: { shape: [captions.length, MAX_WORDS], data: mask },
    };
  });
  const buckets = new Int32Array(BATCH_WORDS * NGRAMS_PER_WORD);
  for (const [word, place] of places) {
    if (word !== "") buckets.set(wordBuckets(word), place * NGRAMS_PER_WORD);
  }
  return { buckets: { shape: [BATCH_WORDS, NGRAMS_PER_WORD], data: buckets }, sides };
}

/** The mean of log(1 + e^x) − x·y: binary cross-entropy on logits, without overflow. */
function binaryCrossEntropy(logits: Value, targets: Value): Value {
  const softplus = add(relu(logits), log(add(exp(neg(abs(logits))), 1)));
  return mean(sub(softplus, mul(logits, targets)));
}

/**
 * The first alignment (CoDi, section 3.2): text and one other modality together. Besides the contrast
 * of captions with samples, two wordings of one content are contrasted, and what a caption says is
 * recovered from its embedding, so that the bridge carries what *any* modality can show, not only what
 * this one does. Samples that a caption would be true of do not count as negatives.
 *
 * @param partner The other modality, for example pictures.
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
  const promptEncoder = textPromptEncoder(config);
  const { pairs, seed, size, device } = context;
  const other = partner.modality.name;
  const scope = new Scope();
  const textScope = scope.at("text");
  const table = wordVectors(
    textScope,
    input("buckets", [BATCH_WORDS, NGRAMS_PER_WORD], "int64"),
    config,
  );
  const side = (name: string) =>
    sentenceEmbedding(
      textScope,
      gather(table, input(`${name} words`, [BATCH, MAX_WORDS], "int64")),
      input(`${name} mask`, [BATCH, MAX_WORDS]),
      config,
    );
  const first = side("first");
  const second = side("second");
  const samples = partner.modality.promptEncoder.network.inputs(BATCH);
  const [sampleName, sampleType] = Object.entries(samples)[0]!;
  const embedded = partner.embed(
    scope.at(other),
    input(sampleName, sampleType.shape, sampleType.dtype),
  );

  // Learned inverse temperatures, at most 100 as in CLIP.
  const scale = (name: string) =>
    exp(minimum(scope.parameter(`scale.${name}`, [], { deviation: 0 }), Math.log(100 / 14)));
  const across = infoNce(
    first,
    embedded,
    mul(scale("across"), 14),
    input("true of", [BATCH, BATCH], "bool"),
  );
  const within = infoNce(
    first,
    second,
    mul(scale("within"), 14),
    input("same content", [BATCH, BATCH], "bool"),
  );
  const parts: Record<string, Value> = { across, within };
  let loss = add(across, mul(within, 0.5));
  if (pairs.contentLength > 0) {
    const logits = linear(scope.at("content"), mul(first, 8), pairs.contentLength);
    const content = binaryCrossEntropy(logits, input("content", [BATCH, pairs.contentLength]));
    parts["content"] = content;
    loss = add(loss, mul(content, 10));
  }

  const batchOf = async (split: "train" | "test", step: number): Promise<Record<string, Feed>> => {
    const draw = random(seed, "align", split, step);
    const limit = Math.min(size, 1e9);
    const indices = Array.from({ length: BATCH }, () => draw.integer(limit));
    const captions = indices.map((index) => pairs.paraphrases(split, index, draw.integer(1e6)));
    const firsts = captions.map(([caption]) => caption);
    const { buckets, sides } = wordTable([firsts, captions.map(([, caption]) => caption)], draw);
    const pictures = await Promise.all(indices.map((index) => pairs.sample(other, split, index)));
    const trueOf = new Uint8Array(BATCH * BATCH);
    const sameContent = new Uint8Array(BATCH * BATCH);
    for (let row = 0; row < BATCH; row++) {
      for (let column = 0; column < BATCH; column++) {
        if (row === column) continue;
        const place = row * BATCH + column;
        trueOf[place] = pairs.describes(firsts[row]!, other, split, indices[column]!) ? 1 : 0;
        sameContent[place] = firsts[row]!.key === firsts[column]!.key ? 1 : 0;
      }
    }
    const content = tensor([BATCH, Math.max(1, pairs.contentLength)]);
    firsts.forEach((caption, row) =>
      caption.content && content.data.set(caption.content, row * pairs.contentLength)
    );
    return {
      buckets,
      "first words": sides[0]!.indices,
      "first mask": sides[0]!.mask,
      "second words": sides[1]!.indices,
      "second mask": sides[1]!.mask,
      [sampleName]: partner.modality.promptEncoder.feeds(pictures)[sampleName]!,
      "true of": { shape: [BATCH, BATCH], data: trueOf },
      "same content": { shape: [BATCH, BATCH], data: sameContent },
      ...(pairs.contentLength > 0 ? { content } : {}),
    };
  };

  return {
    task: {
      scope,
      traced: { loss, metrics: parts },
      batchSize: BATCH,
      batch: (step) => batchOf("train", step),
    },
    finish: async (weights) => {
      const part = (name: string): Record<string, Tensor> => ({
        ...Object.fromEntries(
          Object.entries(weights).filter(([key]) => key.startsWith(`${name}.`))
            .map(([key, value]) => [key.slice(name.length + 1), value]),
        ),
        [CENTER]: tensor([SPACE_WIDTH]),
      });
      const text = part("text");
      const second = part(other);
      // The means of both modalities over the training split, which centring then takes away.
      const draw = random(seed, "center");
      const indices = Array.from({ length: 2048 }, () => draw.integer(Math.min(size, 1e9)));
      const captions = indices.map((index) =>
        pairs.caption("train", index, draw.integer(1e6)).text
      );
      const pictures = await Promise.all(
        indices.map((index) => pairs.sample(other, "train", index)),
      );
      const textMean = await meanEmbedding(
        openNetwork(promptEncoder.network, text, device),
        promptEncoder.feeds(captions),
      );
      const { network, feeds } = partner.modality.promptEncoder;
      const otherMean = await meanEmbedding(openNetwork(network, second, device), feeds(pictures));
      return {
        "text/promptEncoder": {
          tensors: { ...text, [CENTER]: textMean },
          metadata: { vocabulary: pairs.vocabulary.join(" ") },
        },
        [`${other}/promptEncoder`]: { tensors: { ...second, [CENTER]: otherMean }, metadata: {} },
      };
    },
  };
}

async function meanEmbedding(
  network: ReturnType<typeof openNetwork>,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Tensor> {
  const { embedding } = await network.run(feeds);
  const [batch, width] = embedding!.shape as [number, number];
  const total = new Float64Array(width);
  for (let row = 0; row < batch; row++) {
    for (let i = 0; i < width; i++) total[i]! += embedding!.data[row * width + i]! / batch;
  }
  return tensor([width], Float32Array.from(total));
}
