import { bootstrap } from "../metrics/bootstrap.ts";
import {
  bySeed,
  estimateText,
  isRight,
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
import { type Sampled, sceneOf, type Trial } from "../trial.ts";
import {
  ALL_FOUR,
  FOLLOW_ROWS,
  type FollowRow,
  JOINT_ROWS,
  type JointRow,
  jointTrial,
  variantsOf,
} from "./joint_rows.ts";

const SAY_ALL: readonly ["thing", "color", "count", "contour", "register"] = [
  "thing",
  "color",
  "count",
  "contour",
  "register",
];

type Samples = readonly Sampled[];

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
        variantsOf(row).map((variant): [string, Trial] => [
          `${row.name}, ${variant}`,
          jointTrial(row, variant, scale),
        ])
      ),
    ),
    ...Object.fromEntries(FOLLOW_ROWS.flatMap((row) => followTrials(row, scale))),
    "text → all four, joint": {
      inputs: [["text"]],
      to: ALL_FOUR,
      mention: SAY_ALL,
      seeds: scale.seeds,
      count: scale.of(96, 4),
    },
    "text → all four, apart": {
      inputs: [["text"]],
      to: ALL_FOUR,
      mention: SAY_ALL,
      seeds: scale.seeds,
      count: scale.of(96, 4),
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

/** Why a row of this part is missed. */
function causeOf({ joined }: Found): string {
  return joined.length === 0
    ? "environment not trained: outputs share nothing but the prompt"
    : "the environment stage was short on two cores; each output's own errors add up";
}

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
    counts[row.name] = { joint: allEqual(made), apart: apart && allEqual(apart) };
    const things = entropy(made.map(({ seen }) => String(seen[row.to.at(-1)!]!.thing)));
    return [{
      name: `${row.name}: one thing`,
      value: shareText(allEqual(made)),
      beside: {
        ...besideOf({ apart }, (some) => allEqual(some).share),
        "entropy of things": `${things.toFixed(1)} of ${Math.log2(24).toFixed(1)} bits`,
        ...bySeed(made, (some) => allEqual(some).share),
      },
      ...judged(allEqual(made).share, row.expected, { cause }),
    }];
  }
  return styleRows(row, { made, apart, chained, real }, cause, counts);
}

/** Figures of the variants that were measured. */
function besideOf(
  variants: Readonly<Record<string, Samples | undefined>>,
  figure: (samples: Samples) => number,
  digits?: number,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variants).flatMap(([name, samples]) =>
      samples === undefined
        ? []
        : [[name, digits ? figure(samples).toFixed(digits) : percentText(figure(samples))]]
    ),
  );
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
  const kept = controls["real"] ? bits(made) / bits(controls["real"]) : NaN;
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
      name: `${row.name}: entropy of styles, share of real`,
      value: `${percentText(kept)} (${bits(made).toFixed(2)} bits)`,
      ...judged(kept, { first: 0.8, goal: 0.8 }, { cause: "few styles for each thing are drawn" }),
    },
  ];
}

function followTrials(
  { follow, to }: FollowRow,
  { seeds, of }: Parameters<NonNullable<Part["trials"]>>[0],
): [string, Trial][] {
  const common = { to: [to], seeds, count: of(96, 4) };
  return [
    [`${follow} followed → ${to}`, { ...common, inputs: [[]], follow: [follow] }],
    [`${follow} as prompt → ${to}`, { ...common, inputs: [[follow]] }],
  ];
}

function followRows(row: FollowRow, found: Found, counts: Record<string, unknown>): Row[] {
  const name = `${row.follow} followed → ${row.to}`;
  const [made, prompted] = [
    found.samples[name],
    found.samples[`${row.follow} as prompt → ${row.to}`],
  ];
  if (made === undefined) return [];
  const options = { cause: causeOf(found) };
  const truth = made.map((one) => sceneOf(one));
  if (row.agree === "style") {
    const share = (samples: Samples) =>
      shareOf(
        samples.filter((one) => one.seen[row.to]!.style === sceneOf(one).style).length,
        samples.length,
      );
    counts[name] = { followed: share(made), prompted: prompted && share(prompted) };
    return [{
      name: `${name}: drawing style`,
      value: shareText(share(made)),
      beside: {
        ...besideOf({ "as prompt": prompted }, (some) => share(some).share),
        ...bySeed(made, (some) => share(some).share),
      },
      ...judged(share(made).share, row.expected, options),
    }];
  }
  const figure = (samples: Samples) =>
    slotFigure(samples.map((one) => [one.seen[row.to]!.slots ?? [], sceneOf(one).rhythm]));
  const shuffled = shuffledPairs(
    made.map((one, i) =>
      [{ slots: one.seen[row.to]!.slots ?? [], count: truth[i]!.count }, {
        slots: truth[i]!.rhythm,
        count: truth[i]!.count,
      }] as const
    ),
    ([{ count }]) => count,
  ).map(([a, b]) => [a.slots, b.slots] as const);
  counts[name] = { followed: figure(made), prompted: prompted && figure(prompted) };
  return [{
    name: `${name}: rhythm, F1 of exact slots`,
    value: estimateText(figure(made)),
    beside: {
      ...besideOf({ "as prompt": prompted }, (some) => figure(some).value, 2),
      shuffled: slotFigure(shuffled).value.toFixed(2),
    },
    ...judged(figure(made).value, row.expected, { ...options, text: (one) => one.toFixed(2) }),
  }];
}

function allFourRows(found: Found, counts: Record<string, unknown>): Row[] {
  const [made, apart] = ["joint", "apart"].map((name) => found.samples[`text → all four, ${name}`]);
  if (made === undefined) return [];
  const share = (samples: Samples) =>
    shareOf(
      samples.filter((one) => ALL_FOUR.every((name) => isRight(one, name, "thing"))).length,
      samples.length,
    );
  counts["text → all four"] = { joint: share(made), apart: apart && share(apart) };
  return [{
    name: "text → all four: thing right in all",
    value: shareText(share(made)),
    beside: {
      ...besideOf({ apart }, (some) => share(some).share),
      ...bySeed(made, (some) => share(some).share),
    },
    ...judged(share(made).share, { first: 0.6, goal: 0.85 }, { cause: causeOf(found) }),
  }];
}

/** What is lost by being made together: the same samples, with and without environments. */
function costRows(found: Found, counts: Record<string, unknown>): Row[] {
  const names = [
    ...JOINT_ROWS.filter(({ from }) => from.length > 0).map(({ name }) => name),
    "text → all four",
  ];
  const lost = names.flatMap((name) => {
    const [made, apart] = ["joint", "apart"].map((variant) => found.samples[`${name}, ${variant}`]);
    if (made === undefined || apart === undefined) return [];
    return made.map((one, i) =>
      Object.keys(one.seen).filter((to) => to !== "text").map((to) =>
        Number(isRight(apart[i]!, to, "thing")) - Number(isRight(one, to, "thing"))
      )
    );
  });
  if (lost.length === 0 || found.joined.length === 0) return [];
  const estimate = bootstrap(lost, (some) => {
    const all = some.flat();
    return 100 * all.reduce((a, b) => a + b, 0) / all.length;
  });
  const of = lost.flat().length;
  counts["quality cost"] = { pointsLost: estimate, outputs: of };
  return [{
    name: "thing right: points lost by being made together, paired",
    value: `${estimateText(estimate, 1)} scenes, ${of} outputs`,
    ...judged(estimate.value, { first: 3, goal: 1 }, {
      lower: true,
      text: (one) => `${one} points`,
      cause: "environment guidance pulls outputs towards each other's errors",
    }),
  }];
}
