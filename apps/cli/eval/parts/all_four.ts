import { bySeed, estimateText, isRight, judged, shareText } from "../figures.ts";
import { bootstrap } from "../metrics/bootstrap.ts";
import type { Found } from "../part.ts";
import type { Row } from "../row.ts";
import { shareOf } from "../statistics.ts";
import { besideOf, causeOf, type Samples } from "./joint_controls.ts";
import { ALL_FOUR, JOINT_ROWS } from "./joint_rows.ts";

/** All outputs of one sentence: is the thing right in every one? */
export function allFourRows(found: Found, counts: Record<string, unknown>): Row[] {
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
export function costRows(found: Found, counts: Record<string, unknown>): Row[] {
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
