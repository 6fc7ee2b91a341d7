import {
  canonicalCaption,
  captionWithFactors,
  type FactorName,
  type Scene,
  scene,
  SHOWN_FACTORS,
} from "@codi/band";
import { CENTER, similarity } from "@codi/core/conditioning";
import { type AnyModality, SPACE_WIDTH } from "@codi/core/modality";
import { tensor } from "@codi/core/tensor";
import { type Bench, hasFile, inPieces, type Measurement, openPart } from "./bench.ts";
import { estimateText, judged, percentText, shareText, shortEstimate } from "./figures.ts";
import { bootstrap, type Estimate } from "./metrics/bootstrap.ts";
import type { Row } from "./row.ts";
import { meanOf, type Share, shareOf } from "./statistics.ts";

/** How many scenes {@linkcode measureRetrieval} takes. */
export interface RetrievalOptions {
  /** Candidates of one search, distinct in what both sides carry. */
  readonly candidates: number;
  /** How many sets of candidates are searched. */
  readonly rounds: number;
  /** Pairs that the gap between modalities is measured on. */
  readonly pairs: number;
}

/** How far apart captions and samples lie in the shared space. */
export interface GapFigures {
  /** The distance of the means of caption and sample embeddings. */
  readonly distance: Estimate;
  /** The mean cosine of a caption and its own sample. */
  readonly matched: Estimate;
  /** The mean cosine of a caption and the next scene's sample. */
  readonly mismatched: Estimate;
}

/** How well captions and the samples of a modality find each other. */
export interface RetrievalFigures {
  /** Captions whose nearest sample is their own. */
  readonly fromText: Share;
  /** Samples whose nearest caption is their own. */
  readonly toText: Share;
  /** Both of the scenes of held-out combinations alone, among the same candidates. */
  readonly heldOut: { readonly fromText: Share; readonly toText: Share };
  /** The gap as the modalities are used. */
  readonly gap: GapFigures;
  /** The gap without centring. */
  readonly gapUncentered: GapFigures;
}

/** Times that pairs are drawn again for the interval of a distance: each takes milliseconds. */
const DRAWS = 200;

type Embedding = Float32Array;

/**
 * Measures retrieval between captions and samples of every modality, and the gap between them.
 *
 * @param bench What it works with.
 * @param options How many scenes.
 * @returns The figures of each modality whose prompt encoder has weights.
 */
export async function measureRetrieval(
  bench: Bench,
  options: RetrievalOptions,
): Promise<Measurement<Readonly<Record<string, RetrievalFigures>>>> {
  const figures: Record<string, RetrievalFigures> = {};
  const rows: Row[] = [];
  const gapRow = (name: string, { distance, matched, mismatched }: GapFigures): Row => ({
    name,
    value: estimateText(distance, 3),
    beside: {
      "cosine of pairs": shortEstimate(matched, 3),
      "of others": shortEstimate(mismatched, 3),
    },
  });
  for (const modality of bench.modalities) {
    const { name, weights } = modality;
    if (modality.bridge || !bench.dataset.modalities.includes(name)) continue;
    if (!await hasFile(weights.promptEncoder)) {
      rows.push({ name: `text ↔ ${name}`, value: "not trained" });
      continue;
    }
    const measured = await measureModality(bench, modality, options);
    figures[name] = measured;
    const expected = name === "image" ? { first: 0.9, goal: 0.98 } : { first: 0.8, goal: 0.95 };
    const row = (title: string, share: Share, heldOut: Share) => ({
      name: `${title}, 1 of ${options.candidates}`,
      value: shareText(share),
      beside: {
        "held-out combinations": shareText(heldOut),
        chance: percentText(1 / options.candidates),
      },
      ...judged(share.share, expected, {
        cause: "the prompt encoder was trained for a short time",
        interval: share,
      }),
    });
    rows.push(
      row(`text → ${name}`, measured.fromText, measured.heldOut.fromText),
      row(`${name} → text`, measured.toText, measured.heldOut.toText),
      gapRow(`gap of the means, ${name}`, measured.gap),
      gapRow(`gap of the means, ${name}, without centring`, measured.gapUncentered),
    );
  }
  return { figures, rows };
}

async function measureModality(
  bench: Bench,
  modality: AnyModality,
  { candidates, rounds, pairs }: RetrievalOptions,
): Promise<RetrievalFigures> {
  const mention = SHOWN_FACTORS[modality.name]!;
  const embed = await openEncoders(bench, modality, true);
  const searches: { heldOut: boolean; fromText: boolean; toText: boolean }[] = [];
  for (let round = 0; round < rounds; round++) {
    const scenes = distinctScenes(candidates, round * 4096, mention);
    const texts = await embed.captions(
      scenes.map((one) => captionWithFactors(one, { mention }).text),
    );
    const samples = await embed.samples(scenes);
    scenes.forEach(({ split }, own) =>
      searches.push({
        heldOut: split === "held-out",
        fromText: finds(texts[own]!, samples, own),
        toText: finds(samples[own]!, texts, own),
      })
    );
  }
  const shares = (some: typeof searches) => ({
    fromText: shareOf(some.filter(({ fromText }) => fromText).length, some.length),
    toText: shareOf(some.filter(({ toText }) => toText).length, some.length),
  });
  const scenes = Array.from({ length: pairs }, (_, index) => scene("test", index));
  return {
    ...shares(searches),
    heldOut: shares(searches.filter(({ heldOut }) => heldOut)),
    gap: await gapOf(embed, scenes),
    gapUncentered: await gapOf(await openEncoders(bench, modality, false), scenes),
  };
}

/**
 * Scenes that no training saw and that all differ in what a caption says of them: first those of
 * held-out combinations, then others.
 *
 * @param count How many.
 * @param first Where in the split to begin.
 * @param mention What the captions mention.
 * @returns The scenes.
 * @throws {RangeError} If there are too few among 4096 scenes.
 */
export function distinctScenes(
  count: number,
  first: number,
  mention: readonly FactorName[],
): Scene[] {
  const chosen = new Map<string, Scene>();
  // A held-out scene has one colour and melody for each thing, too few to tell 128 apart by them.
  for (const split of ["held-out", "test"] as const) {
    for (let index = first; chosen.size < count && index < first + 4096; index++) {
      const one = scene(split, index);
      const key = canonicalCaption(one, mention);
      if (!chosen.has(key)) chosen.set(key, one);
    }
  }
  if (chosen.size < count) {
    throw new RangeError(`Cannot find "${count}" different scenes: there are ${chosen.size}`);
  }
  return [...chosen.values()];
}

interface Encoders {
  captions(texts: readonly string[]): Promise<Embedding[]>;
  samples(scenes: readonly Scene[]): Promise<Embedding[]>;
}

async function openEncoders(
  bench: Bench,
  modality: AnyModality,
  centered: boolean,
): Promise<Encoders> {
  const change = centered ? {} : { [CENTER]: tensor([SPACE_WIDTH]) };
  const open = async (modality: AnyModality) => {
    const { network, feeds } = modality.promptEncoder;
    const running = await openPart(modality, "promptEncoder", network, bench.device, change);
    return async (samples: readonly unknown[]): Promise<Embedding[]> => {
      const { embedding } = await running.run(feeds(samples));
      return samples.map((_, i) => embedding!.data.slice(i * SPACE_WIDTH, (i + 1) * SPACE_WIDTH));
    };
  };
  const [ofText, ofOther] = [await open(bench.text), await open(modality)];
  return {
    captions: (texts) => inPieces(bench, texts, 64, ofText),
    samples: (scenes) =>
      inPieces(bench, scenes, 64, async (piece) => {
        const samples = piece.map((one) => bench.draw(modality.name, one));
        return await ofOther(await Promise.all(samples));
      }),
  };
}

/** Whether a query is nearer to its own candidate than to any other. */
function finds(query: Embedding, candidates: readonly Embedding[], own: number): boolean {
  const near = similarity(query, candidates[own]!);
  return candidates.every((other, i) => i === own || similarity(query, other) < near);
}

async function gapOf(embed: Encoders, scenes: readonly Scene[]): Promise<GapFigures> {
  const texts = await embed.captions(scenes.map((one) => captionWithFactors(one).text));
  const samples = await embed.samples(scenes);
  const pairs = texts.map((text, i) => [text, samples[i]!] as const);
  const cosine = (shift: number) =>
    bootstrap(
      texts.map((text, i) => similarity(text, samples[(i + shift) % samples.length]!)),
      meanOf,
    );
  const distance = (some: readonly (readonly [Embedding, Embedding])[]) => {
    const [of, other] = [0, 1].map((side) => meanVector(some.map((pair) => pair[side]!)));
    return Math.hypot(...of!.map((value, i) => value - other![i]!));
  };
  return {
    distance: bootstrap(pairs, distance, DRAWS),
    matched: cosine(0),
    mismatched: cosine(1),
  };
}

function meanVector(vectors: readonly Embedding[]): number[] {
  const total = new Array<number>(vectors[0]!.length).fill(0);
  for (const vector of vectors) vector.forEach((value, i) => total[i]! += value / vectors.length);
  return total;
}
