import { mixEmbeddings } from "@codi/core/conditioning";
import { type AnyModality, openNetwork } from "@codi/core/modality";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import {
  type CaptionSample,
  type DatasetSplit,
  type EncodedSamples,
  inPieces,
  type ObjectiveContext,
  type Pairs,
  type PartPath,
} from "@codi/core/training";
import { textAutoencoder } from "./autoencoder.ts";
import type { SentenceConfig, TextConfig } from "./config.ts";
import { textPromptEncoder } from "./prompt_encoder.ts";

/** Sentences per scene, of different wording and mention. */
export const SENTENCES = 3;
/** How often the prompt is another wording; the other modalities share the rest. */
const TEXT_SHARE = 0.4;
/** How often it is two captions that together say what the sentence says. */
const MIXED_SHARE = 0.15;
/** Captions of a scene among which two that fit together are looked for. */
const CANDIDATES = 8;

/** Two captions of a scene that together say what another one says, or another wording of it twice. */
export function complements(
  pairs: Pairs,
  split: DatasetSplit,
  scene: number,
  [{ content }, paraphrase]: readonly [CaptionSample, CaptionSample],
): [CaptionSample, CaptionSample] {
  const candidates = Array.from(
    { length: CANDIDATES },
    (_, index) => pairs.caption(split, scene, 2_000_000 + index),
  ).filter((caption) =>
    content && caption.content?.every((said, place) => said <= content[place]!)
  );
  for (const [index, first] of candidates.entries()) {
    for (const second of candidates.slice(index + 1)) {
      const together = content?.every((said, place) =>
        said === Math.max(first.content![place]!, second.content![place]!)
      );
      if (together && first.key !== second.key) return [first, second];
    }
  }
  return [paraphrase, paraphrase];
}

/**
 * Opens the frozen networks that the denoising of text learns from.
 *
 * @param context Samples, frozen weights, cache and signal.
 * @param prompts The other modalities.
 * @param config The sizes of the text networks.
 * @param sentences The sizes of those that write.
 * @returns Encodes the first scenes of a split: {@linkcode SENTENCES} of each, one after the other.
 */
export async function openSceneEncoder(
  context: ObjectiveContext,
  prompts: readonly AnyModality[],
  config: TextConfig,
  sentences: SentenceConfig,
): Promise<(split: DatasetSplit, scenes: number) => Promise<EncodedSamples>> {
  const { device, weights, cached, signal } = context;
  const open = async (part: PartPath, network: Parameters<typeof openNetwork>[0]) =>
    openNetwork(network, await weights(part), device);
  const autoencoder = textAutoencoder(sentences);
  const latentEncoder = await open("text/autoencoder", autoencoder.encoder);
  const { network, feeds } = textPromptEncoder(config);
  const textEncoder = await open("text/promptEncoder", network);
  const captions = context.pair("text");
  const embed = async (texts: readonly string[]) =>
    (await textEncoder.run(feeds(texts), { signal }))["embedding"]!;

  return async (split, scenes) => {
    const count = scenes * SENTENCES;
    const encoded = (what: string, number: number, run: Parameters<typeof inPieces>[3]) =>
      cached(
        `${what} ${split} ${number}`,
        () => inPieces(context, `encoding ${split} ${what}`, number, run),
      );
    const wordings = (places: readonly number[]) =>
      places.map((place) =>
        captions.paraphrases(split, Math.floor(place / SENTENCES), place % SENTENCES)
      );
    const latents = await encoded("sentences", count, async (places) => {
      const texts = wordings(places).map(([{ text }]) => text);
      return (await latentEncoder.run(autoencoder.feeds(texts), { signal }))["latent"]!;
    });
    const paraphrases = await encoded(
      "paraphrases",
      count,
      (places) => embed(wordings(places).map(([, { text }]) => text)),
    );
    const mixed = await encoded("mixed captions", count, async (places) => {
      const both = wordings(places).map((pair, index) =>
        complements(captions, split, Math.floor(places[index]! / SENTENCES), pair)
      );
      const [first, second] = [
        await embed(both.map(([caption]) => caption.text)),
        await embed(both.map(([, caption]) => caption.text)),
      ];
      return mixedRows(first, second, split, places);
    });
    const others: EncodedSamples["prompts"][number][] = [];
    for (const modality of prompts) {
      const pairs = context.pair("text", modality.name);
      const encoder = await open(`${modality.name}/promptEncoder`, modality.promptEncoder.network);
      const embeddings = await encoded(`${modality.name} prompts`, scenes, async (indices) => {
        const samples = await Promise.all(
          indices.map((index) => pairs.sample(modality.name, split, index)),
        );
        return (await encoder.run(modality.promptEncoder.feeds(samples), { signal }))["embedding"]!;
      });
      const share = (1 - TEXT_SHARE - MIXED_SHARE) / prompts.length;
      others.push({ embeddings: repeatedRows(embeddings, SENTENCES), perSample: 1, share });
    }
    return {
      latents,
      prompts: [
        { embeddings: paraphrases, perSample: 1, share: TEXT_SHARE },
        { embeddings: mixed, perSample: 1, share: MIXED_SHARE },
        ...others,
      ],
    };
  };
}

/** Rows of two tables, mixed at drawn shares. */
function mixedRows(
  first: Tensor,
  second: Tensor,
  split: DatasetSplit,
  places: readonly number[],
): Tensor {
  const width = first.shape[1]!;
  const mixed = tensor(first.shape);
  places.forEach((place, row) => {
    const share = random("mixed captions", split, place).uniform();
    const at = (table: Tensor) => table.data.subarray(row * width, (row + 1) * width);
    mixed.data.set(
      mixEmbeddings([
        { embedding: at(first), weight: 0.3 + 0.4 * share },
        { embedding: at(second), weight: 0.7 - 0.4 * share },
      ]),
      row * width,
    );
  });
  return mixed;
}

/** Every row of a table several times over. */
function repeatedRows({ shape, data }: Tensor, times: number): Tensor {
  const [rows, width] = shape as [number, number];
  const repeated = tensor([rows * times, width]);
  for (let row = 0; row < rows * times; row++) {
    const source = Math.floor(row / times) * width;
    repeated.data.set(data.subarray(source, source + width), row * width);
  }
  return repeated;
}
