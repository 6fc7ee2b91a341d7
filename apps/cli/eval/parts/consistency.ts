import { type FactorName, factorsOf, SHOWN_FACTORS } from "@codi/band";
import {
  chanceOf,
  missingRows,
  pairedSamples,
  percentText,
  rightShare,
  shareText,
  shortShare,
} from "../figures.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { shareOf } from "../statistics.ts";
import { type Sampled, sceneOf, type Trial } from "../trial.ts";

/** From a real sample through another modality and back. */
const CYCLES: readonly (readonly [a: string, b: string])[] = [
  ["text", "image"],
  ["text", "audio"],
  ["text", "video"],
  ["image", "text"],
  ["audio", "text"],
  ["image", "audio"],
];

/** From A to C at once, and by way of B. */
const DETOURS: readonly (readonly [a: string, b: string, c: string])[] = [
  ["text", "audio", "image"],
  ["text", "image", "audio"],
  ["image", "text", "audio"],
  ["audio", "text", "image"],
  ["image", "audio", "text"],
  ["audio", "image", "text"],
];

const common = (...names: readonly string[]): FactorName[] =>
  SHOWN_FACTORS[names[0]!]!.filter((factor) =>
    names.every((name) => SHOWN_FACTORS[name]!.includes(factor))
  );

/** Whether the way there changes what arrives. */
export const consistency: Part = {
  name: "consistency",
  title: "There and back, and by way of another",
  about:
    "A → B → A: a real sample prompts B, and that B prompts A again; counted is what both show and " +
    "the first one said. A → B → C against A → C: what arrives by the detour, and how often both ways " +
    "arrive at the same thing.",
  trials: ({ of }) => {
    const count = of(64, 4);
    const cycle = ([a, b]: typeof CYCLES[number]): [string, Trial] => [`${a} → ${b} → ${a}`, {
      inputs: [[a]],
      via: [b],
      to: [a],
      mention: common(a, b),
      seeds: 1,
      count: b === "video" ? of(64, 2) : count,
    }];
    const ways = ([a, b, c]: typeof DETOURS[number]): [string, Trial][] => [
      [`${a} → ${b} → ${c}`, {
        inputs: [[a]],
        via: [b],
        to: [c],
        mention: common(a, b, c),
        seeds: 1,
        count,
      }],
      [`${a} → ${c}, for ${b}`, {
        inputs: [[a]],
        to: [c],
        mention: common(a, b, c),
        seeds: 1,
        count,
      }],
    ];
    return Object.fromEntries([...CYCLES.map(cycle), ...DETOURS.flatMap(ways)]);
  },
  report: ({ samples, missing }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows: Row[] = [];
    for (const [a, b] of CYCLES) {
      const some = samples[`${a} → ${b} → ${a}`];
      if (some === undefined) continue;
      for (const factor of common(a, b)) {
        const share = rightShare(some, a, factor);
        if (share.of === 0) continue;
        const half = rightShare(some, b, factor);
        counts[`${a} → ${b} → ${a}: ${factor}`] = { back: share, halfWay: half };
        rows.push({
          name: `${a} → ${b} → ${a}: ${factor}`,
          value: shareText(share),
          beside: {
            "half-way": shortShare(half),
            chance: percentText(chanceOf(factor)),
          },
        });
      }
      rows.push(...styleRow(a, b, some, counts));
    }
    for (const [a, b, c] of DETOURS) {
      const [detour, direct] = [samples[`${a} → ${b} → ${c}`], samples[`${a} → ${c}, for ${b}`]];
      if (detour === undefined || direct === undefined) continue;
      const pairs = pairedSamples(detour, direct);
      const equal = pairs.filter(([{ seen }, other]) =>
        seen[c]!.thing !== undefined && seen[c]!.thing === other.seen[c]!.thing
      ).length;
      const [byWay, atOnce] = [detour, direct].map((some) =>
        rightShare(some, c, "thing")
      );
      counts[`${a} → ${b} → ${c}`] = { detour: byWay, direct: atOnce, equal };
      rows.push({
        name: `${a} → ${b} → ${c}: thing`,
        value: shareText(byWay!),
        beside: {
          "at once": shortShare(atOnce!),
          "both ways the same": shortShare(shareOf(equal, pairs.length)),
        },
      });
    }
    return { rows: [...rows, ...missingRows(missing)], counts };
  },
};

/** Style goes through no modality but pictures and clips, so it should come back by chance alone. */
function styleRow(
  a: string,
  b: string,
  some: readonly Sampled[],
  counts: Record<string, unknown>,
): Row[] {
  if (a !== "image") return [];
  const kept = some.filter((one) => one.seen[a]!.style === factorsOf(sceneOf(one)).style).length;
  const share = shareOf(kept, some.length);
  counts[`${a} → ${b} → ${a}: style`] = share;
  return [{ name: `${a} → ${b} → ${a}: drawing style, which ${b} lacks`, value: shareText(share) }];
}
