import { bySeed, estimateText, judged, shareText, slotFigure } from "../figures.ts";
import { shuffledPairs } from "../metrics/agreement.ts";
import type { Found, Part } from "../part.ts";
import type { Row } from "../row.ts";
import { shareOf } from "../statistics.ts";
import { sceneOf, type Trial } from "../trial.ts";
import { besideOf, causeOf, type Samples } from "./joint_controls.ts";
import type { FollowRow } from "./joint_rows.ts";

/** A sample that is followed, and as a prompt in its place. */
export function followTrials(
  { follow, to }: FollowRow,
  { seeds, of }: Parameters<NonNullable<Part["trials"]>>[0],
): [string, Trial][] {
  const common = { to: [to], seeds, count: of(88, 4) };
  return [
    [`${follow} followed → ${to}`, { ...common, inputs: [[]], follow: [follow] }],
    [`${follow} as prompt → ${to}`, { ...common, inputs: [[follow]] }],
  ];
}

/** How well outputs keep to what they follow. */
export function followRows(row: FollowRow, found: Found, counts: Record<string, unknown>): Row[] {
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
