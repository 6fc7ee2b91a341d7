import { FACTOR_NAMES } from "@codi/band";
import { bootstrap } from "../metrics/bootstrap.ts";
import {
  bySeed,
  estimateText,
  judged,
  missingRows,
  percentText,
  shareText,
  slotFigure,
} from "../figures.ts";
import { cohenKappa, shuffledPairs } from "../metrics/agreement.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { entropy, shareOf } from "../statistics.ts";
import { sceneOf, type Trial } from "../trial.ts";
import { allFourRows, costRows } from "./all_four.ts";
import { followRows, followTrials } from "./followed.ts";
import { besideOf, causeOf, type Samples } from "./joint_controls.ts";
import {
  ALL_FOUR,
  FOLLOW_ROWS,
  JOINT_ROWS,
  type JointRow,
  jointTrial,
  VARIANTS,
} from "./joint_rows.ts";

/** Agreement on what no prompt says, with its controls; thing in all outputs; what it costs. */
export const joint: Part = {
  name: "joint",
  title: "Outputs made together",
  about:
    "Do outputs of one denoising loop agree on what no prompt says? `apart` is the same prompt " +
    "and noise without environments, `chained` makes the second output from the first as a prompt, " +
    "`shuffled` pairs each output with that of another sample of the same thing (for rhythms: the " +
    "same number of strokes), `real` are the readers on real pairs. Style is a share of equal " +
    "readings, rhythm the F1 of exact slots.",
  trials: (scale) => ({
    ...Object.fromEntries(
      JOINT_ROWS.flatMap((row) =>
        VARIANTS.map((variant): [string, Trial] => [
          `${row.name}, ${variant}`,
          jointTrial(row, variant, scale),
        ])
      ),
    ),
    ...Object.fromEntries(FOLLOW_ROWS.flatMap((row) => followTrials(row, scale))),
    "text → all four, joint": {
      inputs: [["text"]],
      to: ALL_FOUR,
      mention: FACTOR_NAMES,
      seeds: scale.seeds,
      count: scale.of(88, 4),
    },
    "text → all four, apart": {
      inputs: [["text"]],
      to: ALL_FOUR,
      mention: FACTOR_NAMES,
      seeds: scale.seeds,
      count: scale.of(88, 4),
      environment: 0,
    },
  }),
  report: (found): PartReport => {
    const rows: Row[] = [];
    const counts: Record<string, unknown> = {};
    for (const row of JOINT_ROWS) rows.push(...jointRows(row, found, counts));
    for (const row of FOLLOW_ROWS) rows.push(...followRows(row, found, counts));
    rows.push(...allFourRows(found, counts), ...costRows(found, counts));
    return { rows: [...rows, ...missingRows(found.missing)], counts };
  },
};

/** What two outputs of each sample show. */
function pairsOf<F extends "style" | "slots" | "thing">(
  samples: Samples,
  [a, b]: readonly string[],
  factor: F,
) {
  return samples.map((one) =>
    [{ one, seen: one.seen[a!]![factor] }, { one, seen: one.seen[b!]![factor] }] as const
  );
}

function slotsOf(pairs: ReturnType<typeof pairsOf<"slots">>) {
  return pairs.map(([a, b]) => [a.seen ?? [], b.seen ?? []] as const);
}

function equalShare(pairs: readonly (readonly [{ seen?: unknown }, { seen?: unknown }])[]) {
  return shareOf(
    pairs.filter(([a, b]) => a.seen !== undefined && a.seen === b.seen).length,
    pairs.length,
  );
}

function jointRows(row: JointRow, found: Found, counts: Record<string, unknown>): Row[] {
  const variant = (name: string) => found.samples[`${row.name}, ${name}`];
  const [made, apart, chained, real] = ["joint", "apart", "chained", "real"].map(variant);
  if (made === undefined) return [];
  const cause = causeOf(found);
  if (row.agree === "slots") {
    const figure = (samples: Samples, tolerance = 0) =>
      slotFigure(slotsOf(pairsOf(samples, row.to, "slots")), tolerance);
    const shuffled = slotsOf(
      shuffledPairs(pairsOf(made, row.to, "slots"), ([{ one }]) => sceneOf(one).count),
    );
    return [0, 1].map((tolerance) => {
      const value = figure(made, tolerance);
      counts[`${row.name}, F1 within ${tolerance}`] = {
        joint: value,
        apart: apart && figure(apart, tolerance),
        chained: chained && figure(chained, tolerance),
        shuffled: slotFigure(shuffled, tolerance),
        real: real && figure(real, tolerance),
      };
      return {
        name: `${row.name}: rhythm, F1 of ${tolerance === 0 ? "exact slots" : "slots ±1"}`,
        value: estimateText(value),
        beside: {
          ...besideOf({ apart, chained, real }, (some) => figure(some, tolerance).value, 2),
          shuffled: slotFigure(shuffled, tolerance).value.toFixed(2),
          ...(tolerance === 0 ? bySeed(made, (some) => figure(some).value) : {}),
        },
        ...judged(value.value, tolerance === 0 ? row.expected : undefined, {
          cause,
          text: (one) => one.toFixed(2),
        }),
      };
    });
  }
  if (row.agree === "thing") {
    const allEqual = (samples: Samples) =>
      shareOf(
        samples.filter(({ seen }) => {
          const things = new Set(row.to.map((name) => seen[name]!.thing));
          return things.size === 1 && !things.has(undefined);
        }).length,
        samples.length,
      );
    const last = row.to.at(-1)!;
    const shuffled = made.map((one, i) => ({
      ...one,
      seen: { ...one.seen, [last]: made[(i + 1) % made.length]!.seen[last]! },
    }));
    const controls = { apart, chained, shuffled, real };
    counts[row.name] = {
      joint: allEqual(made),
      ...Object.fromEntries(
        Object.entries(controls).map(([name, some]) => [name, some && allEqual(some)]),
      ),
    };
    const things = entropy(made.map(({ seen }) => String(seen[last]!.thing)));
    return [{
      name: `${row.name}: one thing`,
      value: shareText(allEqual(made)),
      beside: {
        ...besideOf(controls, (some) => allEqual(some).share),
        "entropy of things": `${things.toFixed(1)} of ${Math.log2(24).toFixed(1)} bits`,
        ...bySeed(made, (some) => allEqual(some).share),
      },
      ...judged(allEqual(made).share, row.expected, { cause }),
    }];
  }
  return styleRows(row, { made, apart, chained, real }, cause, counts);
}

function styleRows(
  row: JointRow,
  { made, ...controls }: { made: Samples } & Readonly<Record<string, Samples | undefined>>,
  cause: string,
  counts: Record<string, unknown>,
): Row[] {
  const pairs = (samples: Samples) => pairsOf(samples, row.to, "style");
  const share = equalShare(pairs(made));
  const shuffled = equalShare(shuffledPairs(pairs(made), ([{ one }]) => sceneOf(one).thing));
  const kappa = (samples: Samples) =>
    bootstrap(
      pairs(samples).map(([a, b]) => [a.seen, b.seen] as const),
      (some) => cohenKappa(some),
    );
  const bits = (samples: Samples) =>
    entropy(pairs(samples).flatMap((pair) => pair.map(({ seen }) => String(seen))));
  const kept = (some: Samples) => controls["real"] ? bits(some) / bits(controls["real"]) : NaN;
  counts[row.name] = {
    equal: share,
    shuffled,
    kappa: kappa(made),
    entropy: bits(made),
    ...Object.fromEntries(
      Object.entries(controls).map(([name, some]) => [
        name,
        some && { equal: equalShare(pairs(some)), kappa: kappa(some), entropy: bits(some) },
      ]),
    ),
  };
  return [
    {
      name: `${row.name}: drawing style`,
      value: shareText(share),
      beside: {
        ...besideOf(controls, (some) => equalShare(pairs(some)).share),
        shuffled: percentText(shuffled.share),
        ...bySeed(made, (some) => equalShare(pairs(some)).share),
      },
      ...judged(share.share, row.expected, { cause }),
    },
    {
      name: `${row.name}: drawing style, Cohen's κ`,
      value: estimateText(kappa(made)),
      beside: besideOf(controls, (some) => kappa(some).value, 2),
    },
    {
      name: `${row.name}: entropy of styles, per cent of real`,
      value: estimateText(bootstrap(made, (some) => 100 * kept(some)), 1),
      beside: { bits: bits(made).toFixed(2), ...besideOf({ real: controls["real"] }, bits, 2) },
      ...judged(kept(made), { first: 0.8, goal: 0.8 }, {
        cause: "few styles for each thing are drawn",
      }),
    },
  ];
}
