import {
  bySeed,
  chanceOf,
  gainText,
  isRight,
  judged,
  pairedGain,
  percentText,
  shareText,
  shortShare,
} from "../figures.ts";
import type { Found } from "../part.ts";
import type { Row } from "../row.ts";
import { entropy, shareOf } from "../statistics.ts";
import type { Sampled } from "../trial.ts";
import {
  besideOf,
  causeOf,
  type Samples,
  variantFigures,
  type Variants,
} from "./joint_controls.ts";
import type { JointRow } from "./joint_rows.ts";

/** Whether all outputs show one thing: that of the prompt, or any where there is none. */
export function thingRows(
  row: JointRow,
  made: Samples,
  others: Variants,
  found: Found,
  counts: Record<string, unknown>,
): Row[] {
  const prompted = row.agree === "prompted";
  const holds = (one: Sampled) => {
    if (prompted) return row.to.every((name) => isRight(one, name, "thing"));
    const things = new Set(row.to.map((name) => one.seen[name]!.thing));
    return things.size === 1 && !things.has(undefined);
  };
  const figure = (samples: Samples) => shareOf(samples.filter(holds).length, samples.length);
  // Every output from a sample of its own.
  const shuffled = made.map((one, i) => ({
    ...one,
    seen: Object.fromEntries(
      row.to.map((name, k) => [name, made[(i + k) % made.length]!.seen[name]!]),
    ),
  }));
  // From nothing, beginnings are chosen where outputs hear each other: other noise than apart.
  const gain = row.from.length === 0 || others["apart"] === undefined
    ? undefined
    : pairedGain(made, others["apart"], (some) => figure(some).share);
  const share = figure(made);
  const things = row.to.map((name) => entropy(made.map(({ seen }) => String(seen[name]!.thing))));
  counts[row.name] = {
    joint: share,
    shuffled: figure(shuffled),
    gain,
    things: Object.fromEntries(row.to.map((name, k) => [name, things[k]])),
    ...variantFigures(others, figure),
  };
  return [{
    name: `${row.name}: ${prompted ? "thing right in all" : "one thing"}`,
    value: shareText(share),
    beside: {
      ...besideOf(others, figure),
      shuffled: shortShare(figure(shuffled)),
      ...(gain ? { gain: gainText(gain) } : {}),
      ...(prompted ? { chance: percentText(chanceOf("thing")) } : {
        "entropy of things": `${Math.min(...things).toFixed(1)} of ${
          Math.log2(24).toFixed(1)
        } bits`,
      }),
      ...bySeed(made, (some) => figure(some).share),
    },
    ...judged(share.share, row.expected, { cause: causeOf(found), interval: share }),
  }];
}
