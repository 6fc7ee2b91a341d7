import { assert, assertEquals } from "@std/assert";
import { buildProgram } from "@codi/core/graph";
import { type AnyModality, defineModality, SPACE_WIDTH } from "@codi/core/modality";
import { linear, normalizeLength } from "@codi/core/nn";
import { checkFeeds, openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import {
  type CaptionSample,
  type Dataset,
  type ObjectiveContext,
  pairsOf,
  type PreparedObjective,
} from "@codi/core/training";
import { type AlignedPartner, alignText } from "./training.ts";

const WORDS = ["guitar", "bell", "drum"];

/** Samples 0, 1, 2, 0, 1, 2 …, with captions that name them, or nothing where the wording is even. */
function captionOf(index: number, wording: number): CaptionSample {
  const word = WORDS[index % 3]!;
  return wording % 2 === 0 ? { text: "something", key: "-", content: Float32Array.of(0, 0, 0) } : {
    text: wording % 4 === 1 ? `a ${word}` : `this is a ${word}`,
    key: word,
    content: Float32Array.from(WORDS, (other) => (other === word ? 1 : 0)),
  };
}

const dataset: Dataset = {
  name: "test",
  modalities: ["sketch"],
  bridge: "text",
  size: () => 1000,
  contentLength: 3,
  vocabulary: ["a", "is", "something", "this", ...WORDS],
  caption: (_, index, wording) => captionOf(index, wording),
  paraphrases: (_, index, wording) => [captionOf(index, wording), captionOf(index, wording + 2)],
  describes: ({ key }, _, __, index) => key === "-" || key === WORDS[index % 3],
  sample: (_, __, index) => Promise.resolve([index % 3, 1]),
};

const sketch = defineModality({
  name: "sketch",
  version: "1.0.0",
  space: "band-1",
  bridge: false,
  codec: {} as AnyModality["codec"],
  promptEncoder: {
    network: {
      name: "sketch prompt encoder",
      inputs: (batch) => ({ sample: { shape: [batch, 2], dtype: "float32" } }),
      trace: (scope, { sample }) => ({ embedding: embed(scope, sample!) }),
    },
    feeds: (samples: readonly number[][]) => ({
      sample: tensor([samples.length, 2], Float32Array.from(samples.flat())),
    }),
  },
  weights: {},
}) as AnyModality;

const embed: AlignedPartner["embed"] = (scope, sample) =>
  normalizeLength(linear(scope.at("own"), sample, SPACE_WIDTH));

const objective = alignText({ modality: sketch, embed }, { wordWidth: 8, width: 8, blocks: 1 });

async function prepare(
  changes: Partial<Dataset> = {},
  context: Partial<ObjectiveContext> = {},
): Promise<PreparedObjective> {
  const pairs = pairsOf({ ...dataset, ...changes }, objective.name, objective.pairs.flat());
  return await objective.prepare({ pairs, seed: 3, size: 1000, ...context } as ObjectiveContext);
}

Deno.test("alignText() declares two parts, and captions with captions and samples", () => {
  assertEquals(objective.name, "align text+sketch");
  assertEquals([objective.stage, objective.freezes], ["align", []]);
  assertEquals(objective.trains, ["text/promptEncoder", "sketch/promptEncoder"]);
  assertEquals(objective.pairs, [["text", "text"], ["text", "sketch"]]);
});

Deno.test("alignText() traces a loss that its batches fit, with and without known content", async () => {
  for (const contentLength of [3, 0]) {
    const { task } = await prepare({ contentLength });
    const { loss, metrics } = task.traced;
    const { inputs, parameters } = buildProgram({ loss, ...metrics });
    checkFeeds({ inputs }, await task.batch(0));
    assertEquals("content" in metrics!, contentLength > 0);
    assertEquals(Object.keys(parameters).sort(), Object.keys(task.scope.shapes()).sort());
    assert("text.ngrams" in parameters && "sketch.own.weight" in parameters);
  }
});

Deno.test("alignText() batches are a function of seed and step", async () => {
  const { task } = await prepare();
  assertEquals(await task.batch(5), await task.batch(5));
  const words = async (step: number, seed = 3) =>
    (await (await prepare({}, { seed })).task.batch(step))["first words"]!.data;
  assert((await words(5)).join() !== (await words(6)).join());
  assert((await words(5)).join() !== (await words(5, 4)).join());
});

Deno.test("alignText() masks what a caption is true of, and equal captions, but no pair itself", async () => {
  const { task } = await prepare();
  const feeds = await task.batch(0);
  const sample = feeds["sample"]!.data;
  const content = feeds["content"]!.data;
  const batch = task.batchSize;
  const said = (row: number) => [0, 1, 2].findIndex((i) => content[3 * row + i] === 1);
  let masked = 0;
  for (let row = 0; row < batch; row++) {
    for (let column = 0; column < batch; column++) {
      const [trueOf, same] = ["true of", "same content"].map((name) =>
        feeds[name]!.data[row * batch + column]
      );
      const self = row === column;
      const isTrue = said(row) === -1 || said(row) === Number(sample[2 * column]);
      assertEquals(trueOf, !self && isTrue ? 1 : 0, `${row}, ${column}`);
      assertEquals(same, !self && said(row) === said(column) ? 1 : 0, `${row}, ${column}`);
      masked += Number(trueOf);
    }
  }
  assert(masked > batch && masked < batch * (batch - 1));
});

Deno.test("alignText() finishes with the means of both sides and the vocabulary", async () => {
  await using device = openDevice({ threads: 1 });
  const { task, finish } = await prepare({}, { device, size: 6 });
  const files = await finish(task.scope.initialWeights(1));
  assertEquals(Object.keys(files), [...objective.trains]);
  const { tensors, metadata } = files["text/promptEncoder"]!;
  assertEquals(metadata, { vocabulary: "a is something this guitar bell drum" });
  assert(
    "ngrams" in tensors && "blocks.0.self.query.weight" in tensors,
    `${Object.keys(tensors)}`,
  );
  const other = files["sketch/promptEncoder"]!.tensors;
  assertEquals(Object.keys(other).sort(), ["center", "own.bias", "own.weight"]);
  // The mean of three embeddings of length 1, each a third of the samples.
  const mean = other["center"]!.data;
  assertEquals(mean.length, SPACE_WIDTH);
  const weight = other["own.weight"]!.data;
  const expected = new Float64Array(SPACE_WIDTH);
  for (let kind = 0; kind < 3; kind++) {
    const raw = Array.from(expected, (_, i) => weight[2 * i]! * kind + weight[2 * i + 1]!);
    const length = Math.hypot(...raw);
    raw.forEach((value, i) => expected[i]! += value / length / 3);
  }
  mean.forEach((value, i) => assert(Math.abs(value - expected[i]!) < 5e-3, `${i}`));
  assert(Math.hypot(...tensors["center"]!.data) > 0.1);
});
