import { similarity as cosine } from "@codi/core/conditioning";
import { bootstrap } from "../metrics/bootstrap.ts";
import { estimateText, missingRows, shortEstimate } from "../figures.ts";
import { unpack } from "../packed.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import type { Sampled } from "../trial.ts";
import { JOINT_ROWS, jointTrials } from "./joint_rows.ts";

const ROWS = JOINT_ROWS.filter(({ to, agree }) => to.length === 2 && agree !== "nothing");

/** How near to each other outputs lie in the shared space. */
export const similarity: Part = {
  name: "similarity",
  title: "Nearness in the shared space",
  about:
    "The cosine of two outputs of one sample, by the prompt encoders: made together, apart from " +
    "the same prompt, the second from the first, and `shuffled`, the second of another sample. What " +
    "is made together from nothing tries as many beginnings as shipped, all others one.",
  trials: (scale) => jointTrials(ROWS, scale),
  report: ({ samples, missing }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = ROWS.flatMap((row): Row[] => {
      const made = samples[`${row.name}, joint`];
      if (made === undefined) return [];
      const figure = (some: readonly Sampled[], shift = 0) => {
        const vectors = some.map(({ seen }) => row.to.map((name) => unpack(seen[name]!.embedding)));
        const cosines = vectors.map(([first], i) =>
          cosine(first!, vectors[(i + shift) % vectors.length]![1]!)
        );
        return bootstrap(cosines, (all) => all.reduce((a, b) => a + b, 0) / all.length);
      };
      const others = ["apart", "chained", "real"].flatMap((name) => {
        const some = samples[`${row.name}, ${name}`];
        return some === undefined ? [] : [[name, figure(some)] as const];
      });
      const shuffled = figure(made, 1);
      counts[row.name] = { joint: figure(made), shuffled, ...Object.fromEntries(others) };
      return [{
        name: row.name,
        value: estimateText(figure(made), 3),
        beside: {
          ...Object.fromEntries(others.map(([name, one]) => [name, shortEstimate(one)])),
          shuffled: shortEstimate(shuffled),
        },
      }];
    });
    return { rows: [...rows, ...missingRows(missing)], counts };
  },
};
