import type { FactorName } from "@codi/band";
import type { Expectation } from "../figures.ts";
import type { Scale } from "../part.ts";
import type { Trial } from "../trial.ts";

/** A way of making outputs together, and what they should agree on. */
export interface JointRow {
  /** Its name in the report. */
  readonly name: string;
  /** The modalities of the prompts; none for samples from nothing. */
  readonly from: readonly string[];
  /** What a sentence mentions. */
  readonly mention?: readonly FactorName[];
  /** The outputs. */
  readonly to: readonly string[];
  /** What two or more outputs agree on; slots by F1. */
  readonly agree: "thing" | "style" | "slots";
  /** What is expected of the agreement. */
  readonly expected: Expectation;
}

const expect = (first: number, goal: number): Expectation => ({ first, goal });

/** Outputs made together, and what no prompt says that they should agree on. */
export const JOINT_ROWS: readonly JointRow[] = [
  {
    name: "text (thing, colour) → image + video",
    from: ["text"],
    mention: ["thing", "color"],
    to: ["image", "video"],
    agree: "style",
    expected: expect(0.6, 0.9),
  },
  {
    name: "text (thing, count) → audio + video",
    from: ["text"],
    mention: ["thing", "count"],
    to: ["audio", "video"],
    agree: "slots",
    expected: expect(0.6, 0.9),
  },
  ...[["text", "image"], ["text", "audio"], ["audio", "video"], ["image", "video"]].map((
    to,
  ): JointRow => ({
    name: `nothing → ${to.join(" + ")}`,
    from: [],
    to,
    agree: "thing",
    expected: expect(0.7, 0.95),
  })),
  {
    name: "nothing → all four",
    from: [],
    to: ["text", "image", "audio", "video"],
    agree: "thing",
    expected: expect(0.55, 0.85),
  },
];

/** A row made jointly, apart, one from the other, and really. */
export type JointVariant = "joint" | "apart" | "chained" | "real";

/** What an output is given to follow in time, and what it should share with it. */
export interface FollowRow {
  /** The modality of the sample that is followed. */
  readonly follow: string;
  /** The output. */
  readonly to: string;
  /** What it should share with it. */
  readonly agree: "style" | "slots";
  /** What is expected. */
  readonly expected: Expectation;
}

/** Outputs that follow a real sample. */
export const FOLLOW_ROWS: readonly FollowRow[] = [
  { follow: "audio", to: "video", agree: "slots", expected: expect(0.7, 0.95) },
  { follow: "video", to: "audio", agree: "slots", expected: expect(0.7, 0.95) },
  { follow: "image", to: "video", agree: "style", expected: expect(0.7, 0.95) },
];

/** The row of a sentence and all outputs. */
export const ALL_FOUR: Trial["to"] = ["text", "image", "audio", "video"];

/** A row in one of its variants. */
export function jointTrial(row: JointRow, variant: JointVariant, scale: Scale): Trial {
  const { from, mention, to } = row;
  const headline = { seeds: scale.seeds, count: scale.of(88, 4) };
  const control = from.length === 0 ? { seeds: 1, count: scale.of(88, 4) } : headline;
  const [first, ...others] = to;
  const common = { inputs: [from], to, ...(mention === undefined ? {} : { mention }) };
  switch (variant) {
    case "joint":
      return { ...common, ...headline };
    case "apart":
      return { ...common, ...control, environment: 0 };
    case "chained":
      return { ...common, ...control, via: [first!], to: others };
    case "real":
      return { ...common, ...control, inputs: [[]], real: true };
  }
}

/** The variants that a row is measured in. */
export const VARIANTS: readonly JointVariant[] = ["joint", "apart", "chained", "real"];
