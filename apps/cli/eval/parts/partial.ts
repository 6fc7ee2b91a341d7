import { type FactorName, factorsOf } from "@codi/band";
import {
  estimateText,
  missingRows,
  shareText,
  shortEstimate,
  shortShare,
  slotFigure,
} from "../figures.ts";
import type { Found, Part, PartReport, Scale } from "../part.ts";
import type { Row } from "../row.ts";
import { shareWhere } from "../statistics.ts";
import { type Sampled, sceneOf, type Trial } from "../trial.ts";

/** A part of a real sample that is kept, and what the rest should take from it. */
interface PartialRow {
  readonly name: string;
  readonly to: string;
  readonly region: string;
  readonly mention?: readonly FactorName[];
  readonly factors: readonly ("thing" | "color" | "style" | "register")[];
  /** The slots that are kept, if time is. */
  readonly slots?: readonly [first: number, end: number];
}

const ROWS: readonly PartialRow[] = [
  {
    name: "left half of a picture, no prompt",
    to: "image",
    region: "0,0,32,64",
    factors: ["thing", "color", "style"],
  },
  {
    name: "left half of a picture, prompted with thing and colour",
    to: "image",
    region: "0,0,32,64",
    mention: ["thing", "color"],
    factors: ["thing", "color", "style"],
  },
  {
    name: "first second of a sound, no prompt",
    to: "audio",
    region: "0-1",
    factors: ["thing", "register"],
    slots: [0, 8],
  },
  {
    name: "first second of a clip, no prompt",
    to: "video",
    region: "0-1",
    factors: ["thing", "color", "style"],
    slots: [0, 8],
  },
];

function trialOf({ to, region, mention }: PartialRow, { of }: Scale): Trial {
  return {
    inputs: [mention === undefined ? [] : ["text"]],
    to: [to],
    keep: { [to]: region },
    seeds: 1,
    count: of(96, 4),
    ...(mention === undefined ? {} : { mention }),
  };
}

/** Outputs of which a part is kept. */
export const partial: Part = {
  name: "partial",
  title: "A part kept, the rest generated",
  about:
    "A part of a real sample is held in the latents at every step, and the rest is generated around " +
    "it: does it go on with the same thing, colour and style? `nothing kept` is the same prompt and " +
    "noise. Slots are those of the kept second.",
  trials: (scale) =>
    Object.fromEntries(ROWS.flatMap((row): [string, Trial][] => {
      const { keep: _, ...free } = trialOf(row, scale);
      return [[row.name, trialOf(row, scale)], [`${row.name}, nothing kept`, free]];
    })),
  report: ({ samples, missing }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = ROWS.flatMap((row): Row[] => {
      const [kept, free] = [samples[row.name], samples[`${row.name}, nothing kept`]];
      if (kept === undefined || free === undefined) return [];
      const own = row.factors.map((factor): Row => {
        const same = (some: readonly Sampled[]) =>
          shareWhere(
            some.filter((one) => factorsOf(sceneOf(one))[factor] !== undefined),
            (one) => one.seen[row.to]![factor] === factorsOf(sceneOf(one))[factor],
          );
        counts[`${row.name}: ${factor}`] = { kept: same(kept), nothingKept: same(free) };
        return {
          name: `${row.name}: ${factor}`,
          value: shareText(same(kept)),
          beside: { "nothing kept": shortShare(same(free)) },
        };
      });
      if (row.slots === undefined) return own;
      const [first, end] = row.slots;
      const figure = (some: readonly Sampled[]) =>
        slotFigure(some.map((one) => {
          const within = (slots: readonly number[] = []) =>
            slots.filter((slot) => slot >= first && slot < end);
          return [within(one.seen[row.to]!.slots), within(sceneOf(one).rhythm)] as const;
        }));
      counts[`${row.name}: slots`] = { kept: figure(kept), nothingKept: figure(free) };
      return [...own, {
        name: `${row.name}: F1 of the kept slots`,
        value: estimateText(figure(kept)),
        beside: { "nothing kept": shortEstimate(figure(free)) },
      }];
    });
    return { rows: [...rows, ...missingRows(missing)], counts };
  },
};
