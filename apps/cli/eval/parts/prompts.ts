import { type FactorName, SHOWN_FACTORS } from "@codi/band";
import {
  bySeed,
  carriedFactors,
  chanceOf,
  chanceOfAll,
  isRight,
  judged,
  missingRows,
  percentText,
  rightShare,
  shareText,
  shortShare,
} from "../figures.ts";
import type { Found, Part, PartReport, Scale } from "../part.ts";
import type { Row } from "../row.ts";
import { PROMPT_ROWS, type PromptRow } from "../prompt_rows.ts";
import { type Share, shareOf } from "../statistics.ts";
import { type Sampled, sceneOf, type Trial } from "../trial.ts";
import { wordsOf } from "../wordings.ts";

const CAUSES: Readonly<Record<string, string>> = {
  text: "the sentence decoder leaves out or repeats words when the latent is off its path",
  image: "few steps on two cores; the drawings of one thing vary more than those of others",
  audio: "its network was trained for a short time on two cores, and its loss was still falling",
  video: "its temporal layers were trained for a short time on two cores",
  score: "a small network that was trained with captions and scores alone",
  contour: "sentences carry it (see what probes read), but no network has learnt to draw it yet",
  register: "sentences carry it (see what probes read), but the network has not learnt it well yet",
  count: "strokes are decided in the first, noisiest steps, which training saw too little of",
};

/** How many samples of each seed: a third of them where nothing is expected. */
function countOf({ to, expected }: PromptRow, { count, of }: Scale): number {
  const all = Object.keys(expected).length > 0 ? 96 : 32;
  return count ?? of(all, to === "video" ? 2 : 8);
}

function trialOf(row: PromptRow, scale: Scale, candidates: Trial["candidates"]): Trial {
  const { from, to, mention } = row;
  return {
    inputs: [from],
    to: [to],
    seeds: scale.seeds,
    count: countOf(row, scale),
    candidates,
    ...(mention === undefined ? {} : { mention }),
  };
}

/** Every single output from every single prompt, and from a mix. */
export const prompts: Part = {
  name: "prompts",
  title: "Any prompt, one output",
  about:
    "Held-out scenes prompt each output; only factors that the prompt carries and the output " +
    "shows are counted. `real` is what the same reader finds in real samples: the ceiling; `chance` is " +
    "the best constant answer. Each output tries as many beginnings as shipped; those of other parts " +
    "try one unless they say otherwise.",
  trials: (scale) => promptTrials(PROMPT_ROWS, scale, "shipped"),
  report: (found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = promptFigures(PROMPT_ROWS, found, counts);
    const absent = Object.entries(found.missing).filter(([name]) => !name.startsWith("real>"));
    return { rows: [...rows, ...missingRows(Object.fromEntries(absent))], counts };
  },
};

/** The samples of some rows, by row, and the real ones that stand beside them. */
export function promptTrials(
  rows: readonly PromptRow[],
  scale: Scale,
  candidates: Trial["candidates"] = 1,
): Record<string, Trial> {
  const outputs = [...new Set(rows.map(({ to }) => to))];
  return {
    ...Object.fromEntries(rows.map((row) => [row.name, trialOf(row, scale, candidates)])),
    ...Object.fromEntries(outputs.map((to): [string, Trial] => [`real>${to}`, {
      inputs: [[]],
      to: [to],
      seeds: scale.seeds,
      count: scale.count ?? scale.of(96, 8),
      real: true,
    }])),
  };
}

/** What is right of some rows' samples. */
export function promptFigures(
  rows: readonly PromptRow[],
  { samples }: Found,
  counts: Record<string, unknown>,
): Row[] {
  const found: Row[] = [];
  for (const row of rows) {
    const some = samples[row.name];
    if (some === undefined) continue;
    const real = samples[`real>${row.to}`];
    const counted: Record<string, unknown> = {};
    counts[row.name] = counted;
    for (const [factor, figure] of Object.entries(figuresOf(row))) {
      const share = figure(some);
      const worded = WORDING.includes(factor);
      const chance = worded ? undefined : chanceIn(row, factor);
      const ceiling = real && !worded ? figure(real) : undefined;
      counted[factor] = { ...share, chance, real: ceiling };
      if (share.of === 0) continue;
      found.push({
        name: `${row.name.replace(">", " → ")}: ${factor}`,
        value: shareText(share),
        beside: {
          ...(ceiling && ceiling.of > 0 ? { real: shortShare(ceiling) } : {}),
          ...(chance === undefined ? {} : { chance: percentText(chance) }),
          ...bySeed(some, (seed) => figure(seed).share),
        },
        ...judged(share.share, row.expected[factor], {
          cause: CAUSES[factor] ?? CAUSES[row.to],
          interval: share,
          ceiling: ceiling && ceiling.of > 0 ? ceiling.share : undefined,
        }),
      });
    }
  }
  return found;
}

/** What is counted of a row's samples, by name. */
function figuresOf(
  { from, to, mention }: PromptRow,
): Record<string, (samples: readonly Sampled[]) => Share> {
  const shown = carriedFactors(from, to, mention);
  const each = shown.map((factor) =>
    [factor, (samples: readonly Sampled[]) => rightShare(samples, to, factor)] as const
  );
  const all = (samples: readonly Sampled[]) => {
    const right = samples.filter((one) =>
      shown.every((factor) => isRight(one, to, factor) !== false)
    );
    return shareOf(right.length, samples.length);
  };
  const parses = (samples: readonly Sampled[]) =>
    shareOf(samples.filter(({ seen }) => seen[to]!.parses).length, samples.length);
  const reworded = (samples: readonly Sampled[]) =>
    shareOf(
      samples.filter((one) =>
        plainWords(one.seen[to]!.text!) !== plainWords(wordsOf(sceneOf(one), SHOWN_FACTORS[to]!))
      ).length,
      samples.length,
    );
  return {
    ...Object.fromEntries(each),
    all,
    ...(to === "text" ? { parses } : {}),
    ...(to === "text" && from.includes("text") ? { "other words": reworded } : {}),
  };
}

/** A sentence without what is no word of it. */
const plainWords = (text: string): string => text.toLowerCase().replace(/[^a-z ]/g, "").trim();

/** What no reader of real samples is asked for, as it is no factor. */
const WORDING = ["parses", "other words"];

function chanceIn({ from, to, mention }: PromptRow, factor: string): number {
  return factor === "all"
    ? chanceOfAll(carriedFactors(from, to, mention))
    : chanceOf(factor as FactorName);
}
