import { estimateText, isRight, judged, pairedSamples, shortEstimate } from "../figures.ts";
import { bootstrap, type Estimate } from "../metrics/bootstrap.ts";
import type { Found } from "../part.ts";
import type { Row } from "../row.ts";
import { meanOf } from "../statistics.ts";
import { JOINT_ROWS } from "./joint_rows.ts";

/** One output, made apart and together. */
interface Loss {
  readonly to: string;
  /** 1 if the thing is right apart alone, −1 if together alone, 0 otherwise. */
  readonly lost: number;
}

/** What is lost by being made together: the same prompts and noise, with and without environments. */
export function costRows(found: Found, counts: Record<string, unknown>): Row[] {
  const rows = JOINT_ROWS.filter(({ from }) => from.length > 0).flatMap(({ name, to }) => {
    const [made, apart] = ["joint", "apart"].map((variant) => found.samples[`${name}, ${variant}`]);
    if (made === undefined || apart === undefined) return [];
    const samples = pairedSamples(apart, made).map(([before, after]) =>
      to.map((to): Loss => ({
        to,
        lost: Number(isRight(before, to, "thing")) - Number(isRight(after, to, "thing")),
      }))
    );
    return [{ name, samples }];
  });
  const all = rows.flatMap(({ samples }) => samples);
  if (all.length === 0 || found.joined.length === 0) return [];
  const modalities = [...new Set(all.flat().map(({ to }) => to))];
  const by = {
    ...Object.fromEntries(
      modalities.map((name) => [
        name,
        lostBy(all.map((one) => one.filter(({ to }) => to === name)).filter((one) => one.length)),
      ]),
    ),
    ...Object.fromEntries(rows.map(({ name, samples }) => [name, lostBy(samples)])),
  };
  const lost = lostBy(all);
  counts["quality cost"] = { pointsLost: lost, outputs: all.flat().length, by };
  return [{
    name: "thing right: points lost by being made together, paired",
    value: `${estimateText(lost, 1)} samples, ${all.flat().length} outputs`,
    beside: Object.fromEntries(
      Object.entries(by).map(([name, one]) => [name, shortEstimate(one, 1)]),
    ),
    ...judged(lost.value, { first: 3, goal: 1 }, {
      lower: true,
      text: (one) => `${one} points`,
      cause: "environment guidance pulls outputs towards each other's errors",
      interval: lost,
    }),
  }];
}

/** Points lost by outputs; those of one sample are drawn again together. */
function lostBy(samples: readonly (readonly Loss[])[]): Estimate {
  return bootstrap(samples, (some) => 100 * meanOf(some.flat().map(({ lost }) => lost)));
}
