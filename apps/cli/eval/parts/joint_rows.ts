import { FACTOR_NAMES, type FactorName } from "@codi/band";
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
  /** Each seed's first scene: prompted rows have scenes of their own, so that they can be pooled. */
  readonly first: number;
  /**
   * What two or more outputs agree on; slots by F1. `prompted` is the thing of the prompt in all of them,
   * and `nothing` is for rows that only tell what being made together costs.
   */
  readonly agree: "thing" | "style" | "slots" | "prompted" | "nothing";
  /** What is expected of the agreement. */
  readonly expected?: Expectation;
  /** The likely cause if that is missed, where it is known better than for other rows. */
  readonly cause?: string;
}

const expect = (first: number, goal: number): Expectation => ({ first, goal });

/** From one prompted row's first scene to the next one's. */
export const SCENES_OF_A_ROW = 512;

const nothing = (to: readonly string[], name: string, expected: Expectation): JointRow => ({
  name: `nothing → ${name}`,
  from: [],
  to,
  first: 0,
  agree: "thing",
  expected,
});

/** Outputs made together, and what no prompt says that they should agree on. */
export const JOINT_ROWS: readonly JointRow[] = [
  {
    name: "text (thing, colour) → image + video",
    from: ["text"],
    mention: ["thing", "color"],
    to: ["image", "video"],
    first: 0,
    agree: "style",
    expected: expect(0.6, 0.9),
  },
  {
    name: "text (thing, count) → audio + video",
    from: ["text"],
    mention: ["thing", "count"],
    to: ["audio", "video"],
    first: SCENES_OF_A_ROW,
    agree: "slots",
    expected: expect(0.6, 0.9),
  },
  ...[["text", "image"], ["text", "audio"], ["audio", "video"], ["image", "video"]]
    .map((to) => nothing(to, to.join(" + "), expect(0.7, 0.95))),
  nothing(["text", "image", "audio", "video"], "all four", expect(0.55, 0.85)),
  {
    name: "text → all four",
    from: ["text"],
    mention: FACTOR_NAMES,
    to: ["text", "image", "audio", "video"],
    first: 2 * SCENES_OF_A_ROW,
    agree: "prompted",
    expected: expect(0.6, 0.85),
  },
  {
    name: "text → image + audio",
    from: ["text"],
    mention: FACTOR_NAMES,
    to: ["image", "audio"],
    first: 3 * SCENES_OF_A_ROW,
    agree: "nothing",
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

/** How many samples of each seed; four rows with three seeds make 1 056 pairs. */
export const countOfJoint = ({ of }: Scale): number => of(88, 2);
/** How many samples of one seed there are of controls that tell no more than what is usual. */
export const countOfControls = ({ of }: Scale): number => of(48, 2);

/** A row in one of its variants. */
export function jointTrial(row: JointRow, variant: JointVariant, scale: Scale): Trial {
  const { from, mention, to, first } = row;
  const count = countOfJoint(scale);
  // The first output, and the others from it: a chain of its own for each. A sentence cannot be drawn
  // from, so where all are made the chain begins with a picture.
  const start = from.length > 0 && to[0] === "text" ? to[1]! : to[0]!;
  const common: Trial = {
    inputs: [from],
    to,
    ...(mention === undefined ? {} : { mention }),
    seeds: scale.seeds,
    count,
    first,
  };
  switch (variant) {
    case "joint":
      return { ...common, candidates: "shipped" };
    case "apart":
      // Without prompts it only tells chance.
      return {
        ...common,
        environment: 0,
        ...(from.length > 0 ? {} : { seeds: 1, count: countOfControls(scale) }),
      };
    case "chained":
      return {
        ...common,
        via: [start],
        to: to.filter((name) => name !== start),
        environment: 0,
        seeds: 1, // it is there for comparison, and clips take long
        count: countOfControls(scale),
      };
    case "real":
      return { ...common, inputs: [[]], real: true };
  }
}

/** The variants that a row is measured in. */
export function variantsOf({ agree }: JointRow): readonly JointVariant[] {
  return agree === "nothing" ? ["joint", "apart"] : ["joint", "apart", "chained", "real"];
}

/** All trials of some rows, by row and variant. */
export function jointTrials(rows: readonly JointRow[], scale: Scale): Record<string, Trial> {
  return Object.fromEntries(
    rows.flatMap((row) =>
      variantsOf(row).map((variant) =>
        [`${row.name}, ${variant}`, jointTrial(row, variant, scale)] as const
      )
    ),
  );
}
