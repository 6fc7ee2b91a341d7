import {
  isRight,
  missingRows,
  pairedSamples,
  rightShare,
  shareText,
  shortShare,
} from "../figures.ts";
import type { FactorName } from "@codi/band";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { entropy, meanOf } from "../statistics.ts";
import type { Sampled, Trial } from "../trial.ts";

const NUMBERS = [1, 2, 4, 8] as const;
/** The most of clips, which take long. */
const MOST_OF_CLIPS = 4;
/** What is looked at in outputs; the first is the figure itself. */
const SHOWN: Readonly<Record<string, readonly FactorName[]>> = {
  image: ["thing", "color"],
  audio: ["count", "contour", "register", "thing"],
  video: ["count", "thing", "color"],
};

const nameOf = (to: string, number: number) => `text → ${to}, ${number}`;

/** What outputs gain by several candidates. */
export const candidates: Part = {
  name: "candidates",
  title: "How many beginnings are tried",
  about:
    "The same sentences; of so many beginnings of each sample the one goes on that lies nearest to the " +
    "sentence in the shared space after a third of the steps. 1 is the network by itself. `gained` are " +
    "the points of the first factor won against that, paired by sample; `styles` is the entropy of " +
    "drawing styles over all samples, in bits: what is chosen could be less varied.",
  trials: ({ of, quick }) =>
    Object.fromEntries(
      Object.keys(SHOWN).flatMap((to) =>
        NUMBERS.filter((number) => number <= MOST_OF_CLIPS || to !== "video" && !quick).map((
          number,
        ): [string, Trial] => [nameOf(to, number), {
          inputs: [["text"]],
          to: [to],
          seeds: 1,
          count: of(64, 2),
          candidates: number,
        }])
      ),
    ),
  report: ({ samples, missing }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = Object.entries(SHOWN).flatMap(([to, factors]) =>
      NUMBERS.flatMap((number): Row[] => {
        const some = samples[nameOf(to, number)];
        if (some === undefined) return [];
        const shares = Object.fromEntries(
          factors.map((factor) => [factor, rightShare(some, to, factor)]),
        );
        counts[nameOf(to, number)] = shares;
        const [first, ...others] = factors as [FactorName, ...FactorName[]];
        const alone = samples[nameOf(to, 1)];
        return [{
          name: `text → ${to}, ${number} ${number === 1 ? "beginning" : "beginnings"}: ${first}`,
          value: shareText(shares[first]!),
          beside: {
            ...Object.fromEntries(others.map((factor) => [factor, shortShare(shares[factor]!)])),
            ...(number > 1 && alone !== undefined
              ? { gained: `${gained(alone, some, to, first).toFixed(0)} points` }
              : {}),
            ...stylesOf(some, to),
          },
        }];
      })
    );
    return { rows: [...rows, ...missingRows(missing)], counts };
  },
};

/** How varied drawing styles are, where there are any. */
function stylesOf(samples: readonly Sampled[], to: string): Record<string, string> {
  const styles = samples.flatMap(({ seen }) => seen[to]?.style ?? []);
  return styles.length === 0 ? {} : { styles: `${entropy(styles).toFixed(1)} bits` };
}

/** Points of a factor that are won, paired by sample. */
function gained(
  alone: readonly Sampled[],
  chosen: readonly Sampled[],
  to: string,
  factor: FactorName,
): number {
  const right = (one: Sampled) => Number(isRight(one, to, factor) ?? 0);
  return 100 * meanOf(
    pairedSamples(alone, chosen).map(([before, after]) => right(after) - right(before)),
  );
}
