import {
  carriedFactors,
  estimateText,
  isRight,
  judged,
  pairedSamples,
  shortEstimate,
} from "../figures.ts";
import { bootstrap, type Estimate } from "../metrics/bootstrap.ts";
import type { Found } from "../part.ts";
import type { Row } from "../row.ts";
import { meanOf } from "../statistics.ts";
import type { Sampled } from "../trial.ts";
import { JOINT_ROWS } from "./joint_rows.ts";

/** What the prompts of rows say that outputs may lose, and its name in the report. */
const FACTORS = [["thing", "thing"], ["color", "colour"]] as const;

/** One output, made apart and together. */
interface Loss {
  readonly to: string;
  /** 1 if the factor is right apart alone, −1 if together alone, 0 otherwise. */
  readonly lost: number;
}

/** Samples of one row, each with its outputs. */
interface RowLosses {
  readonly name: string;
  readonly samples: readonly (readonly Loss[])[];
}

/** What is lost by being made together: the same prompts and noise, with and without environments. */
export function costRows(found: Found, counts: Record<string, unknown>): Row[] {
  if (found.joined.length === 0) return [];
  return FACTORS.flatMap(([factor, name]) => {
    const rows = JOINT_ROWS.filter(({ mention }) => mention?.includes(factor)).flatMap(
      ({ name, from, to, mention }): RowLosses[] => {
        const [made, apart] = ["joint", "apart"].map((way) => found.samples[`${name}, ${way}`]);
        if (made === undefined || apart === undefined) return [];
        const shown = to.filter((one) => carriedFactors(from, one, mention).includes(factor));
        return [{ name, samples: lossesOf(pairedSamples(apart, made), shown, factor) }];
      },
    );
    const all = rows.flatMap(({ samples }) => samples);
    if (all.length === 0) return [];
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
    counts[`quality cost, ${factor}`] = { pointsLost: lost, outputs: all.flat().length, by };
    return [{
      name: `${name} right: points lost by being made together, paired`,
      value: `${estimateText(lost, 1)} samples, ${all.flat().length} outputs`,
      beside: Object.fromEntries(
        Object.entries(by).map(([name, one]) => [name, shortEstimate(one, 1)]),
      ),
      ...(factor === "thing" && judged(lost.value, { first: 3, goal: 1 }, {
        lower: true,
        text: (one) => `${one} points`,
        cause: "environment guidance pulls outputs towards each other's errors",
        interval: lost,
      })),
    }];
  });
}

/** Pairs of samples, apart and together: what the outputs that show a factor lose. */
function lossesOf(
  pairs: readonly (readonly [Sampled, Sampled])[],
  outputs: readonly string[],
  factor: (typeof FACTORS)[number][0],
): Loss[][] {
  return pairs.map(([before, after]) =>
    outputs.flatMap((to) => {
      const [apart, together] = [before, after].map((one) => isRight(one, to, factor));
      if (apart === undefined || together === undefined) return [];
      return [{ to, lost: Number(apart) - Number(together) }];
    })
  ).filter((losses) => losses.length > 0);
}

/** Points lost by outputs; those of one sample are drawn again together. */
function lostBy(samples: readonly (readonly Loss[])[]): Estimate {
  return bootstrap(samples, (some) => 100 * meanOf(some.flat().map(({ lost }) => lost)));
}
