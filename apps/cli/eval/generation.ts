import {
  captionWithFactors,
  COLOR_NAMES,
  contactSheet,
  FACTOR_NAMES,
  mentionOf,
  type Scene,
  scene,
  THING_NAMES,
} from "@codi/band";
import type { ImageReading } from "@codi/band/readers";
import type { SamplerName } from "@codi/core/diffusion";
import { load } from "@codi/core/generation";
import type { Tensor } from "@codi/core/tensor";
import { type Bench, inPieces, type Measurement, percent, picturesOf, stacked } from "./bench.ts";
import { entropy, meanOf, type Share, shareOf, shareWhere } from "./statistics.ts";

/** How pictures are generated and judged. */
export interface GenerationOptions {
  /** How many pictures. */
  readonly count: number;
  /** Keys the noise. */
  readonly seed: number;
  /** The sampler. */
  readonly sampler: SamplerName;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The guidance scale. */
  readonly guidance: number;
  /** Threads per operator; undefined for the runtime's choice. */
  readonly threads: number | undefined;
}

/** What the reader sees in pictures, against what their captions say. */
export interface SeenFigures {
  /** The right thing. */
  readonly thing: Share;
  /** The right background colour. */
  readonly color: Share;
  /** Both. */
  readonly both: Share;
  /** The entropy of drawing styles, in bits: over all, and the mean over things. */
  readonly styleEntropy: { readonly overall: number; readonly withinThing: number };
}

/** How well generated pictures show what held-out captions say. */
export interface GenerationFigures extends Omit<GenerationOptions, "threads"> {
  /** What the reader sees in generated pictures. */
  readonly generated: SeenFigures;
  /** What it sees in real pictures of the same scenes: the ceiling. */
  readonly real: SeenFigures;
  /** The shares that guessing gives. */
  readonly chance: { readonly thing: number; readonly color: number };
  /** The thing, for each thing: generated and real. */
  readonly things: Readonly<Record<string, { readonly generated: Share; readonly real: Share }>>;
  /** Which thing was read as which, and how often, the most frequent first. */
  readonly confusions: Readonly<Record<string, number>>;
}

interface Judged {
  readonly scene: Scene;
  readonly generated: ImageReading;
  readonly real: ImageReading;
}

/** How many pictures the contact sheet shows. */
const SHEET = 64;

/** A scene's caption that mentions thing and colour, and the rest as often as any caption does. */
export function fullCaption(one: Scene): string {
  const mention = mentionOf(captionWithFactors(one).factors);
  return captionWithFactors(one, {
    mention: FACTOR_NAMES.filter((name) =>
      name === "thing" || name === "color" || mention.includes(name)
    ),
  }).text;
}

/**
 * Generates a picture from the caption of each of some held-out scenes, and has them judged.
 *
 * @param bench What it works with.
 * @param options How many, and how.
 * @returns The figures, and a contact sheet of the first pictures as PNG.
 */
export async function measureGeneration(
  bench: Bench,
  options: GenerationOptions,
): Promise<Measurement<GenerationFigures> & { readonly sheet: () => Promise<Uint8Array> }> {
  const { text, image, art, reader, signal } = bench;
  const { threads, ...how } = options;
  await using codi = await load([text, image], {
    session: threads === undefined ? {} : { threads },
  });
  const scenes = Array.from({ length: options.count }, (_, index) => scene("held-out", index));
  const entries: { picture: Tensor; caption: string }[] = [];
  const judged = await inPieces(bench, scenes, 4, async (piece, first) => {
    const pictures: Tensor[] = [];
    for (const [place, one] of piece.entries()) {
      signal.throwIfAborted();
      const caption = fullCaption(one);
      const [output] = await codi.generateBatch({
        prompts: [text.prompt(caption)],
        to: ["image"],
        ...how,
        count: 1,
        first: first + place,
      });
      const picture = output!["image"] as Tensor;
      pictures.push(picture);
      if (entries.length < SHEET) entries.push({ picture, caption });
    }
    const generated = await reader.read(stacked(pictures));
    const real = await reader.read(stacked(picturesOf(piece, art)));
    return piece.map((one, i): Judged => ({
      scene: one,
      generated: generated[i]!,
      real: real[i]!,
    }));
  });
  const figures: GenerationFigures = {
    ...how,
    generated: seen(judged, "generated"),
    real: seen(judged, "real"),
    chance: { thing: 1 / THING_NAMES.length, color: 1 / COLOR_NAMES.length },
    things: thingTable(judged),
    confusions: confusionsOf(judged),
  };
  return { figures, rows: rowsOf(figures), sheet: () => contactSheet(entries) };
}

function seen(judged: readonly Judged[], which: "generated" | "real"): SeenFigures {
  const thing = (one: Judged) => one[which].thing === one.scene.thing;
  const color = (one: Judged) => one[which].color === one.scene.color;
  const styles = (group: readonly Judged[]) => entropy(group.map((one) => one[which].style));
  const groups = Object.values(Object.groupBy(judged, ({ scene }) => scene.thing));
  return {
    thing: shareWhere(judged, thing),
    color: shareWhere(judged, color),
    both: shareWhere(judged, (one) => thing(one) && color(one)),
    styleEntropy: {
      overall: styles(judged),
      withinThing: meanOf(groups.map((group) => styles(group!))),
    },
  };
}

function thingTable(judged: readonly Judged[]): GenerationFigures["things"] {
  return Object.fromEntries(THING_NAMES.map((name) => {
    const own = judged.filter(({ scene }) => scene.thing === name);
    const right = (which: "generated" | "real") =>
      shareOf(own.filter((one) => one[which].thing === name).length, own.length);
    return [name, { generated: right("generated"), real: right("real") }];
  }));
}

function confusionsOf(judged: readonly Judged[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { scene, generated } of judged) {
    if (scene.thing === generated.thing) continue;
    const pair = `${scene.thing} as ${generated.thing}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).slice(0, 12));
}

function rowsOf(
  { generated, real, chance, things, confusions }: GenerationFigures,
): Measurement<unknown>["rows"] {
  const bits = (value: number) => `${value.toFixed(2)} bits`;
  const row = (name: string, share: Share, least: number) => ({
    name,
    value: percent(share),
    goal: `≥ ${100 * least} %`,
    met: share.share >= least,
  });
  return [
    row("thing right", generated.thing, 0.85),
    row("colour right", generated.color, 0.95),
    { name: "both right", value: percent(generated.both) },
    { name: "ceiling: thing in real pictures", value: percent(real.thing) },
    { name: "ceiling: colour in real pictures", value: percent(real.color) },
    { name: "chance: thing", value: `${(100 * chance.thing).toFixed(1)} %` },
    { name: "chance: colour", value: `${(100 * chance.color).toFixed(1)} %` },
    { name: "entropy of styles", value: bits(generated.styleEntropy.overall) },
    { name: "  in real pictures", value: bits(real.styleEntropy.overall) },
    { name: "  within a thing", value: bits(generated.styleEntropy.withinThing) },
    { name: "  within a thing, real", value: bits(real.styleEntropy.withinThing) },
    ...Object.entries(things).map(([name, { generated, real }]) => ({
      name: `  ${name}`,
      value: `${generated.right} of ${generated.of}, real ${real.right}`,
    })),
    ...Object.entries(confusions).map(([name, count]) => ({
      name: `  ${name}`,
      value: String(count),
    })),
  ];
}
