import {
  agrees,
  estimateText,
  missingRows,
  rightShare,
  shareText,
  shortShare,
  slotFigure,
} from "../figures.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { shareWhere } from "../statistics.ts";
import type { Sampled, Trial } from "../trial.ts";
import { countOfJoint, JOINT_ROWS, type JointRow, jointTrial } from "./joint_rows.ts";

/** Environment guidance scales beside the shipped one and none. */
const ENVIRONMENTS = [1, 8] as const;
/** Prompt guidance scales. */
const SCALES = [1, 2, 3, 5, 8] as const;

const STYLE = JOINT_ROWS.find(({ agree }) => agree === "style")!;
const RHYTHM = JOINT_ROWS.find(({ agree }) => agree === "slots")!;

/** What changes when one choice is taken back, without training anew. */
export const ablations: Part = {
  name: "ablations",
  title: "One choice taken back",
  about:
    "Nothing is trained anew. `environment` is the guidance scale with which outputs hear each " +
    "other, off is 0; `heard as they are` is without looking ahead; `at one timestep` none has less " +
    "noise than another; with its `own environment` in place of the others' an output is as in the " +
    "published code of CoDi; `guidance` is the scale of the prompts.",
  trials: (scale) => {
    const { of } = scale;
    const single = { seeds: 1, count: of(64, 4) };
    const sound = { inputs: [["text"]], to: ["audio"], seeds: 1, count: of(64, 4) };
    // The first samples of the rows of outputs made together, which are measured already.
    const joint = (row: JointRow, variant: "joint" | "apart"): Trial => ({
      ...jointTrial(row, variant, scale),
      seeds: 1,
      count: of(32, countOfJoint(scale)),
    });
    const both = (name: string, variant: "joint" | "apart", change: Partial<Trial> = {}) =>
      ([["style", STYLE], ["rhythm", RHYTHM]] as const).map(([agree, row]): [string, Trial] => [
        `${name}: ${agree}`,
        { ...joint(row, variant), ...change },
      ]);
    return {
      ...Object.fromEntries([
        ...both("environment off", "apart"),
        ...(scale.quick ? [] : ENVIRONMENTS).flatMap((environment) =>
          both(`environment ${environment}`, "joint", { environment })
        ),
        ...both("environment as shipped", "joint"),
        ...both("heard as they are", "joint", { ahead: 1 }),
        ...both("at one timestep", "joint", { shift: 1 }),
        ...both("own environment", "joint", { hearing: "own" }),
      ]),
      ...Object.fromEntries(
        (scale.quick ? [1, 5] : SCALES).flatMap((guidance): [string, Trial][] => [
          [`guidance ${guidance}: image`, {
            inputs: [["text"]],
            to: ["image"],
            guidance,
            ...single,
          }],
          [`guidance ${guidance}: audio`, { ...sound, guidance }],
        ]),
      ),
    };
  },
  report: ({ samples, missing, joined }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = Object.entries(samples).map(([name, some]): Row => {
      const row = rowOf(name, some);
      counts[name] = { things: thingsOf(some), value: row.value };
      return row;
    });
    const notes = joined.length === 0
      ? ["environment not trained: its scales change nothing, and are one measurement"]
      : [];
    return { rows: [...rows, ...missingRows(missing)], notes, counts };
  },
};

function thingsOf(samples: readonly Sampled[]): Record<string, unknown> {
  const names = Object.keys(samples[0]?.seen ?? {});
  return Object.fromEntries(names.map((name) => [name, rightShare(samples, name, "thing")]));
}

function rowOf(name: string, samples: readonly Sampled[]): Row {
  const thing = (to: string) => shortShare(rightShare(samples, to, "thing"));
  if (name.endsWith("style")) {
    const equal = shareWhere(samples, (one) => agrees(one, "image", "video", "style") === true);
    return {
      name: `${name} agrees`,
      value: shareText(equal),
      beside: { "thing in pictures": thing("image"), "in clips": thing("video") },
    };
  }
  if (name.endsWith("rhythm")) {
    const figure = slotFigure(
      samples.map(({ seen }) => [seen["audio"]!.slots ?? [], seen["video"]!.slots ?? []]),
    );
    return {
      name: `${name}, F1 of exact slots`,
      value: estimateText(figure),
      beside: { "thing in sounds": thing("audio"), "in clips": thing("video") },
    };
  }
  const to = name.endsWith("image") ? "image" : "audio";
  const other = to === "image" ? "color" : "count";
  return {
    name: `${name}, thing`,
    value: shareText(rightShare(samples, to, "thing")),
    beside: { [other]: shortShare(rightShare(samples, to, other)) },
  };
}
