import { MIXING_RULES, USUAL_MIXING } from "@codi/core/conditioning";
import {
  gainText,
  isRight,
  missingRows,
  pairedGain,
  rightShare,
  shareText,
  shortShare,
} from "../figures.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { shareWhere } from "../statistics.ts";
import type { Sampled, Trial } from "../trial.ts";

/** Two prompts of which each tells what the other one leaves out. */
const PAIRS: Readonly<Record<string, Pick<Trial, "inputs" | "mentions">>> = {
  "thing by a sound, colour by a sentence": {
    inputs: [["text", "audio"]],
    mentions: [["color"]],
  },
  "thing and colour by a sentence each": {
    inputs: [["text", "text"]],
    mentions: [["color"], ["thing"]],
  },
};

/** How several prompts count together, by every rule. */
export const mixing: Part = {
  name: "mixing",
  title: "Several prompts as one",
  about:
    "Two prompts of equal weight drive a picture, and neither tells all: both right means that thing " +
    "and colour are. The rules are compared sample by sample, on the same scenes and noise.",
  trials: ({ count, of }) =>
    Object.fromEntries(
      Object.entries(PAIRS).flatMap(([name, pair]) =>
        MIXING_RULES.map((rule): [string, Trial] => [`${name}: ${rule}`, {
          ...pair,
          mention: ["thing", "color"],
          to: ["image"],
          mixing: rule,
          seeds: 1,
          count: count ?? of(192, 8),
        }])
      ),
    ),
  report: ({ samples, missing }: Found): PartReport => {
    const rows: Row[] = [];
    const counts: Record<string, unknown> = {};
    for (const pair of Object.keys(PAIRS)) {
      const usual = samples[`${pair}: ${USUAL_MIXING}`];
      for (const rule of MIXING_RULES) {
        const name = `${pair}: ${rule}`;
        const some = samples[name];
        if (some === undefined) continue;
        const both = shareWhere(some, bothRight);
        const [thing, color] = (["thing", "color"] as const).map((factor) =>
          rightShare(some, "image", factor)
        );
        const gain = rule !== USUAL_MIXING && usual &&
          pairedGain(some, usual, (ones) => shareWhere(ones, bothRight).share);
        counts[name] = { both, thing, color, ...(gain && { gain }) };
        rows.push({
          name: `${name}, both right`,
          value: shareText(both),
          beside: {
            thing: shortShare(thing!),
            color: shortShare(color!),
            ...(gain && { [`gain over ${USUAL_MIXING}`]: gainText(gain) }),
          },
        });
      }
    }
    return { rows: [...rows, ...missingRows(missing)], counts };
  },
};

function bothRight(sample: Sampled): boolean {
  return (["thing", "color"] as const).every((factor) => isRight(sample, "image", factor) === true);
}
