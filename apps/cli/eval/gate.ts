import {
  captionWithFactors,
  COLOR_NAMES,
  CONTOURS,
  FACTOR_NAMES,
  type FactorName,
  REGISTERS,
  scene,
  STROKE_COUNTS,
  THING_NAMES,
} from "@codi/band";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type Bench, inPieces, type Measurement, openPart } from "./bench.ts";
import { judged, percentText, shareText } from "./figures.ts";
import { trainProbe } from "./linear_probe.ts";
import { type Share, shareOf } from "./statistics.ts";

/** The share that each factor has to reach. */
const GATE = 0.98;

const VALUES: Readonly<Record<FactorName, readonly (string | number)[]>> = {
  thing: THING_NAMES,
  color: COLOR_NAMES,
  count: STROKE_COUNTS,
  contour: CONTOURS,
  register: REGISTERS,
};

/** How well a linear probe reads one factor from text embeddings. */
export interface FactorFigures {
  /** Read right, of the captions of held-out scenes that mention it. */
  readonly read: Share;
  /** How many training captions mention it. */
  readonly trained: number;
  /** How many values it has. */
  readonly classes: number;
  /** The share of its most frequent value among the captions that were read. */
  readonly majority: number;
}

/** How many captions {@linkcode measureGate} takes. */
export interface GateOptions {
  /** Captions of training scenes that the probes learn from. */
  readonly train: number;
  /** Captions of held-out scenes that they are tested on. */
  readonly test: number;
}

/** Captions in the shared space, with what they say. */
interface EmbeddedCaptions {
  readonly embeddings: Tensor;
  readonly labels: Readonly<Record<FactorName, readonly number[]>>;
}

/**
 * The gate of the shared space: linear probes on the frozen text encoder read every factor that a
 * caption mentions.
 *
 * @param bench What it works with.
 * @param options How many captions.
 * @returns The figures by factor.
 */
export async function measureGate(
  bench: Bench,
  options: GateOptions,
): Promise<Measurement<Record<FactorName, FactorFigures>>> {
  const train = await embedCaptions(bench, "train", options.train);
  const test = await embedCaptions(bench, "held-out", options.test);
  const figures = {} as Record<FactorName, FactorFigures>;
  for (const [place, name] of FACTOR_NAMES.entries()) {
    bench.progress(place, FACTOR_NAMES.length);
    await new Promise((resolve) => setTimeout(resolve)); // training a probe blocks all events
    bench.signal.throwIfAborted();
    const known = mentioning(train, name);
    const asked = mentioning(test, name);
    const classes = VALUES[name].length;
    const probe = trainProbe(known.embeddings, known.labels, { classes });
    const read = probe.predict(asked.embeddings);
    const right = read.filter((value, i) => value === asked.labels[i]).length;
    const counts = VALUES[name].map((_, value) =>
      asked.labels.filter((label) => label === value).length
    );
    figures[name] = {
      read: shareOf(right, read.length),
      trained: known.labels.length,
      classes,
      majority: Math.max(...counts) / read.length,
    };
  }
  return {
    figures,
    rows: FACTOR_NAMES.map((name) => ({
      name: `${name} read from text embeddings`,
      value: shareText(figures[name].read),
      beside: { "most frequent": percentText(figures[name].majority) },
      ...judged(figures[name].read.share, { first: GATE, goal: GATE }, {
        interval: figures[name].read,
        cause: "the text encoder loses what no training pair asked of it",
      }),
    })),
  };
}

async function embedCaptions(
  bench: Bench,
  split: "train" | "held-out",
  count: number,
): Promise<EmbeddedCaptions> {
  const { text, device } = bench;
  const { network, feeds } = text.promptEncoder;
  const running = await openPart(text, "promptEncoder", network, device);
  const captions = Array.from({ length: count }, (_, i) => captionWithFactors(scene(split, i)));
  const rows = await inPieces(bench, captions, 256, async (piece) => {
    const { embedding } = await running.run(feeds(piece.map((one) => one.text)));
    const width = embedding!.shape[1]!;
    return piece.map((_, i) => embedding!.data.slice(i * width, (i + 1) * width));
  });
  const width = rows[0]!.length;
  const embeddings = tensor([count, width]);
  rows.forEach((row, i) => embeddings.data.set(row, i * width));
  const labels = Object.fromEntries(FACTOR_NAMES.map((name) => [
    name,
    captions.map(({ factors }) => {
      const value = factors[name];
      return value === undefined ? -1 : VALUES[name].indexOf(value);
    }),
  ])) as Record<FactorName, number[]>;
  return { embeddings, labels };
}

/** The captions that mention a factor. */
function mentioning(
  { embeddings, labels }: EmbeddedCaptions,
  name: FactorName,
): { embeddings: Tensor; labels: number[] } {
  const width = embeddings.shape[1]!;
  const rows = labels[name].flatMap((label, row) => label >= 0 ? [row] : []);
  const chosen = tensor([rows.length, width]);
  rows.forEach((row, i) => {
    chosen.data.set(embeddings.data.subarray(row * width, (row + 1) * width), i * width);
  });
  return { embeddings: chosen, labels: rows.map((row) => labels[name][row]!) };
}
