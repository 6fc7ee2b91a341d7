import { missingRows, rightShare, shareText, shortShare } from "../figures.ts";
import type { Found, Part, PartReport, Scale } from "../part.ts";
import type { Row } from "../row.ts";
import type { Trial } from "../trial.ts";
import type { FactorName } from "@codi/band";

/** Prompts of a kind that no training had, and the same scenes' usual prompts. */
interface UnseenRow {
  readonly name: string;
  readonly trial: Omit<Trial, "seeds" | "count">;
  readonly usual: Omit<Trial, "seeds" | "count">;
  readonly factors: readonly FactorName[];
}

const fromText = (to: string): Omit<Trial, "seeds" | "count"> => ({ inputs: [["text"]], to: [to] });

const worded = (wording: NonNullable<Trial["wording"]>, to: string): UnseenRow => ({
  name: `${wording} → ${to}`,
  trial: { ...fromText(to), wording },
  usual: fromText(to),
  factors: to === "image" ? ["thing", "color"] : ["thing", "count"],
});

const other = (
  name: string,
  from: string,
  to: string,
  change: Partial<Trial>,
  usual: Partial<Trial>,
  factors: readonly FactorName[],
): UnseenRow => ({
  name: `${name} → ${to}`,
  trial: { inputs: [[from]], to: [to], ...change },
  usual: { inputs: [[from]], to: [to], ...usual },
  factors,
});

const ROWS: readonly UnseenRow[] = [
  ...(["second grammar", "misspelt", "capitals"] as const).flatMap((wording) => [
    worded(wording, "image"),
    worded(wording, "audio"),
  ]),
  other(
    "pictures in unseen styles",
    "image",
    "text",
    { split: "unseen-style" },
    { split: "test" },
    [
      "thing",
      "color",
    ],
  ),
  other("pictures in unseen styles", "image", "audio", { split: "unseen-style" }, {
    split: "test",
  }, ["thing"]),
  other("sounds of the unseen bank", "audio", "text", { bank: "unseen", split: "test" }, {
    split: "test",
  }, ["thing", "count"]),
  other("sounds of the unseen bank", "audio", "image", { bank: "unseen", split: "test" }, {
    split: "test",
  }, ["thing"]),
];

const sized = (trial: UnseenRow["trial"], { of }: Scale): Trial => ({
  ...trial,
  seeds: 1,
  count: of(128, 6),
});

/** Prompts unlike those of any training. */
export const unseen: Part = {
  name: "unseen",
  title: "Unseen prompts",
  about:
    "Art sets and recordings that no training had, sentences of a second grammar that only this " +
    "evaluation knows (`My neighbour owns a guitar, sounding two times, and the whole room behind it " +
    "is red.`), words with two letters changed over, and capital letters. `usual` are the same scenes' " +
    "training-like prompts; for styles and sounds, other scenes of the same kind.",
  trials: (scale) =>
    Object.fromEntries(ROWS.flatMap(({ name, trial, usual }): [string, Trial][] => [
      [name, sized(trial, scale)],
      [`${name}, usual`, sized(usual, scale)],
    ])),
  report: ({ samples, missing }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = ROWS.flatMap(({ name, trial, factors }): Row[] => {
      const [some, usual] = [samples[name], samples[`${name}, usual`]];
      if (some === undefined) return [];
      return factors.map((factor) => {
        const share = rightShare(some, trial.to[0]!, factor);
        const known = usual && rightShare(usual, trial.to[0]!, factor);
        counts[`${name}: ${factor}`] = { unseen: share, usual: known };
        return {
          name: `${name}: ${factor}`,
          value: shareText(share),
          ...(known ? { beside: { usual: shortShare(known) } } : {}),
        };
      });
    });
    return { rows: [...rows, ...missingRows(missing)], counts };
  },
};
