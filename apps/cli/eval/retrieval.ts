import { captionWithFactors, type Scene, scene } from "@codi/band";
import { CENTER, similarity } from "@codi/core/conditioning";
import { type AnyModality, SPACE_WIDTH } from "@codi/core/modality";
import { tensor } from "@codi/core/tensor";
import { type Bench, inPieces, type Measurement, openPart, percent, picturesOf } from "./bench.ts";
import { type Share, shareOf } from "./statistics.ts";

/** How many scenes {@linkcode measureRetrieval} takes. */
export interface RetrievalOptions {
  /** Candidates of one search, distinct in thing and colour; at most 192. */
  readonly candidates: number;
  /** How many sets of candidates are searched. */
  readonly rounds: number;
  /** Pairs that the gap between modalities is measured on. */
  readonly pairs: number;
}

/** How far apart captions and pictures lie in the shared space. */
export interface GapFigures {
  /** The distance of the means of caption and picture embeddings. */
  readonly distance: number;
  /** The mean cosine of a caption and its own picture. */
  readonly matched: number;
  /** The mean cosine of a caption and the next scene's picture. */
  readonly mismatched: number;
}

/** How well captions and pictures find each other. */
export interface RetrievalFigures extends RetrievalOptions {
  /** Captions whose nearest picture is their own. */
  readonly textToImage: Share;
  /** Pictures whose nearest caption is their own. */
  readonly imageToText: Share;
  /** The gap as the modalities are used. */
  readonly gap: GapFigures;
  /** The gap without centring. */
  readonly gapUncentered: GapFigures;
}

type Embedding = Float32Array;

/**
 * Measures retrieval between captions and pictures, and the gap between them.
 *
 * @param bench What it works with.
 * @param options How many scenes.
 * @returns The figures.
 */
export async function measureRetrieval(
  bench: Bench,
  options: RetrievalOptions,
): Promise<Measurement<RetrievalFigures>> {
  const { candidates, rounds, pairs } = options;
  const embed = await openEncoders(bench, true);
  let [forward, backward] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const scenes = distinctScenes(candidates, round * 4096);
    const captions = scenes.map((one) =>
      captionWithFactors(one, { mention: ["thing", "color"] }).text
    );
    const texts = await embed.captions(captions);
    const pictures = await embed.pictures(scenes);
    forward += found(texts, pictures);
    backward += found(pictures, texts);
  }
  const scenes = Array.from({ length: pairs }, (_, index) => scene("test", index));
  const plain = await openEncoders(bench, false);
  const figures: RetrievalFigures = {
    ...options,
    textToImage: shareOf(forward, rounds * candidates),
    imageToText: shareOf(backward, rounds * candidates),
    gap: await gapOf(embed, scenes),
    gapUncentered: await gapOf(plain, scenes),
  };
  const gap = ({ distance, matched, mismatched }: GapFigures) =>
    `${distance.toFixed(3)} (cosine of pairs ${matched.toFixed(3)}, of others ${
      mismatched.toFixed(3)
    })`;
  return {
    figures,
    rows: [
      { name: `text → image, 1 of ${candidates}`, value: percent(figures.textToImage) },
      { name: `image → text, 1 of ${candidates}`, value: percent(figures.imageToText) },
      { name: "gap of the means", value: gap(figures.gap) },
      { name: "gap without centring", value: gap(figures.gapUncentered) },
    ],
  };
}

/**
 * Scenes that all differ in thing or colour: every held-out combination first, then trained ones.
 *
 * @param count How many, at most 192.
 * @param first Where in the splits to begin.
 * @returns The scenes.
 */
export function distinctScenes(count: number, first: number): Scene[] {
  const chosen = new Map<string, Scene>();
  for (const split of ["held-out", "test"] as const) {
    for (let index = first; chosen.size < count && index < first + 4096; index++) {
      const one = scene(split, index);
      const key = `${one.thing} ${one.color}`;
      if (!chosen.has(key)) chosen.set(key, one);
      if (split === "held-out" && chosen.size === 24) break;
    }
  }
  if (chosen.size < count) {
    throw new RangeError(`Cannot find "${count}" different scenes: there are ${chosen.size}`);
  }
  return [...chosen.values()];
}

interface Encoders {
  captions(texts: readonly string[]): Promise<Embedding[]>;
  pictures(scenes: readonly Scene[]): Promise<Embedding[]>;
}

async function openEncoders(bench: Bench, centered: boolean): Promise<Encoders> {
  const { text, image, device } = bench;
  const change = centered ? {} : { [CENTER]: tensor([SPACE_WIDTH]) };
  const open = async (modality: AnyModality) => {
    const { network, feeds } = modality.promptEncoder;
    const running = await openPart(modality, "promptEncoder", network, device, change);
    return async (samples: readonly unknown[]): Promise<Embedding[]> => {
      const { embedding } = await running.run(feeds(samples));
      return samples.map((_, i) => embedding!.data.slice(i * SPACE_WIDTH, (i + 1) * SPACE_WIDTH));
    };
  };
  const [ofText, ofImage] = [await open(text), await open(image)];
  return {
    captions: (texts) => inPieces(bench, texts, 64, ofText),
    pictures: (scenes) =>
      inPieces(bench, scenes, 64, (piece) => ofImage(picturesOf(piece, bench.art))),
  };
}

/** How many queries are nearer to their own candidate than to any other. */
function found(queries: readonly Embedding[], candidates: readonly Embedding[]): number {
  return queries.filter((query, own) => {
    const near = similarity(query, candidates[own]!);
    return candidates.every((other, i) => i === own || similarity(query, other) < near);
  }).length;
}

async function gapOf(embed: Encoders, scenes: readonly Scene[]): Promise<GapFigures> {
  const texts = await embed.captions(scenes.map((one) => captionWithFactors(one).text));
  const pictures = await embed.pictures(scenes);
  const [textMean, pictureMean] = [meanVector(texts), meanVector(pictures)];
  const cosine = (shift: number) =>
    texts.reduce(
      (total, text, i) =>
        total + similarity(text, pictures[(i + shift) % pictures.length]!) / texts.length,
      0,
    );
  return {
    distance: Math.hypot(...textMean.map((value, i) => value - pictureMean[i]!)),
    matched: cosine(0),
    mismatched: cosine(1),
  };
}

function meanVector(vectors: readonly Embedding[]): number[] {
  const total = new Array<number>(vectors[0]!.length).fill(0);
  for (const vector of vectors) vector.forEach((value, i) => total[i]! += value / vectors.length);
  return total;
}
