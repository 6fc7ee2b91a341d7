import {
  bySeed,
  estimateText,
  gainText,
  judged,
  pairedGain,
  pairedSamples,
  shareText,
  shortShare,
} from "../figures.ts";
import { cohenKappa, kappaWithin } from "../metrics/agreement.ts";
import { bootstrap, type Estimate } from "../metrics/bootstrap.ts";
import type { Found } from "../part.ts";
import type { Row } from "../row.ts";
import { entropy, entropyWithin, shareOf } from "../statistics.ts";
import { sceneOf } from "../trial.ts";
import {
  besideOf,
  causeOf,
  type HalfPair,
  type Samples,
  shuffledWithin,
  STYLE_CAUSE,
  variantFigures,
  type Variants,
} from "./joint_controls.ts";
import type { JointRow } from "./joint_rows.ts";

/** Whether two outputs are drawn in one style, and whether that is more than habit. */
export function styleRows(
  row: JointRow,
  made: Samples,
  others: Variants,
  found: Found,
  counts: Record<string, unknown>,
): Row[] {
  const [a, b] = row.to as [string, string];
  const pairsOf = (samples: Samples) =>
    samples.map((one): HalfPair<unknown> => [
      { one, seen: one.seen[a]!.style },
      { one, seen: one.seen[b]!.style },
    ]);
  const equalOf = (pairs: readonly HalfPair<unknown>[]) =>
    shareOf(
      pairs.filter(([a, b]) => a.seen !== undefined && a.seen === b.seen).length,
      pairs.length,
    );
  const equal = (samples: Samples) => equalOf(pairsOf(samples));
  const shuffled = shuffledWithin(pairsOf(made), ({ thing, color }) => `${thing} ${color}`);
  const kappa = (samples: Samples) =>
    bootstrap(pairsOf(samples).map(([a, b]) => [a.seen, b.seen] as const), cohenKappa);
  // Things are drawn again whole: a pair drawn twice would agree with its double.
  const within = (samples: Samples) =>
    bootstrap(
      byThing(samples).map((group) => pairsOf(group).map(([a, b]) => [a.seen, b.seen] as const)),
      kappaWithin,
    );
  const bits = (samples: Samples) => entropy(stylesOf(samples, row.to).flat());
  // Entropies grow with the samples: those of the same scenes are compared.
  const paired = pairedSamples(made, others["real"] ?? []);
  const kept = keptEntropy(paired, row.to);
  const share = equal(made);
  const gain = others["apart"] && pairedGain(made, others["apart"], (some) => equal(some).share);
  counts[row.name] = {
    equal: share,
    [shuffled.name]: equalOf(shuffled.pairs),
    gain,
    kappa: kappa(made),
    kappaWithin: within(made),
    entropy: bits(made),
    entropyWithin: kept,
    ...variantFigures(others, (some) => ({
      equal: equal(some),
      kappa: kappa(some),
      kappaWithin: within(some),
      entropy: bits(some),
    })),
  };
  return [
    {
      name: `${row.name}: drawing style`,
      value: shareText(share),
      beside: {
        ...besideOf(others, equal),
        [shuffled.name]: shortShare(equalOf(shuffled.pairs)),
        ...(gain ? { gain: gainText(gain) } : {}),
        ...bySeed(made, (some) => equal(some).share),
      },
      ...judged(share.share, row.expected, { cause: causeOf(found, STYLE_CAUSE), interval: share }),
    },
    {
      name: `${row.name}: drawing style, Cohen's κ`,
      value: estimateText(kappa(made)),
      beside: besideOf(others, kappa),
    },
    {
      name: `${row.name}: drawing style, κ within a thing`,
      value: thingsText(within(made)),
      beside: besideOf(others, within),
    },
    {
      name: `${row.name}: entropy of styles within a thing, per cent of real`,
      value: thingsText(kept, 1),
      beside: {
        "bits over all": bits(made).toFixed(2),
        ...(paired.length > 0 ? { "of real": bits(paired.map(([, one]) => one)).toFixed(2) } : {}),
      },
      ...judged(kept.value / 100, { first: 0.8, goal: 0.8 }, {
        cause: "few styles for each thing are drawn",
        interval: { low: kept.low / 100, high: kept.high / 100 },
      }),
    },
  ];
}

/** A figure over things that have several samples. */
function thingsText(figure: Estimate, digits?: number): string {
  return Number.isNaN(figure.value)
    ? "too few samples of one thing"
    : `${estimateText(figure, digits)} things`;
}

/** The samples of each thing. */
function byThing(samples: Samples): Samples[] {
  return [...Map.groupBy(samples, (one) => sceneOf(one).thing).values()];
}

/** What each output's styles are. */
function stylesOf(samples: Samples, to: readonly string[]): string[][] {
  return to.map((name) => samples.map(({ seen }) => String(seen[name]!.style)));
}

/**
 * The entropy of styles within a thing, per cent of that of real samples, each output by itself: one
 * style for each thing would agree with itself everywhere.
 */
function keptEntropy(paired: ReturnType<typeof pairedSamples>, to: readonly string[]) {
  const things = Map.groupBy(paired, ([one]) => sceneOf(one).thing);
  const groups = [...things.values()].filter((pairs) => pairs.length > 1).map((pairs) => ({
    made: stylesOf(pairs.map(([one]) => one), to),
    real: stylesOf(pairs.map(([, other]) => other), to),
  }));
  return bootstrap(groups, (some) => {
    const bits = (side: "made" | "real") => entropyWithin(some.flatMap((group) => group[side]));
    return 100 * bits("made") / bits("real");
  });
}
